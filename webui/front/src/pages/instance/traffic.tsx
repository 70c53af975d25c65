// SPDX-License-Identifier: GPL-2.0-or-later
import { useMemo } from "preact/hooks";
import { formatBytes, formatRate } from "../../lib/format";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { usePeers } from "../../things/peers";
import { TrafficCard } from "../../things/traffic";
import { Card, Empty, Waits } from "../../ui/bits";
import type { TabProps } from "./instance";

const most = 20;

export function TrafficTab({ instance }: TabProps) {
  const now = usePeers(instance.id);
  const top = useMemo(
    () => [...now.peers].filter((peer) => peer.rx_bytes + peer.tx_bytes > 0).sort((a, b) => b.rx_bytes + b.tx_bytes - a.rx_bytes - a.tx_bytes).slice(0, most),
    [now.peers],
  );
  return (
    <>
      <TrafficCard instance={instance.id} />
      <Card title={t("traffic_top")} bare>
        {!now.complete && top.length === 0 && <Waits what={t("waits_peers")} />}
        {now.complete && top.length === 0 && <Empty level={3} title={t("traffic_none")} />}
        {top.length > 0 && (
          <div class="table-frame">
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">{t("name")}</th>
                  <th scope="col" class="number wide-only">
                    {t("rate_now")}
                  </th>
                  <th scope="col" class="number">
                    {t("received")}
                  </th>
                  <th scope="col" class="number">
                    {t("sent")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {top.map((peer) => {
                  const rate = now.rates.get(peer.id);
                  return (
                    <tr key={peer.id}>
                      <td>
                        <a href={pathOf("instances", peer.instance_id, "peers", peer.id)}>{peer.name}</a>
                      </td>
                      <td class="number wide-only">{rate ? formatRate(rate.rx + rate.tx) : "–"}</td>
                      <td class="number">{formatBytes(peer.rx_bytes)}</td>
                      <td class="number">{formatBytes(peer.tx_bytes)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </>
  );
}
