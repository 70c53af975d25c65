// SPDX-License-Identifier: GPL-2.0-or-later
import { t } from "../../lib/i18n";
import { formatRate } from "../../lib/format";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Instance } from "../../lib/types";
import { usePeers } from "../../things/peers";
import { isReady, ReadySteps } from "../../things/ready-steps";
import { Card, CopyValue, Empty, Facts, Figure, ProblemNote, Waits } from "../../ui/bits";
import { LinkButton } from "../../ui/button";
import type { TabProps } from "./instance";
import { Picture } from "./picture";

function Endpoints({ instance }: { instance: Instance }) {
  const host = instance.public_name ?? "";
  const openvpn = instance.openvpn;
  return (
    <Card title={t("where_it_is")}>
      <Facts
        items={[
          [t("instance_hostname"), <code key="h">{host || instance.hostname}</code>],
          [t("wireguard_port"), <code key="w">{t("udp_port", { port: String(instance.wireguard.port) })}</code>],
          ...(openvpn.port ? ([[t("openvpn_port"), <code key="o">{String(openvpn.port)}</code>]] as [string, preact.ComponentChildren][]) : []),
          [t("field_networks"), <span key="n" class="stack-s">{instance.networks.map((network) => <code key={network}>{network}</code>)}</span>],
          [t("hub_address"), <CopyValue key="a" text={instance.hub_addresses[0] ?? ""} what={t("hub_address")} />],
          [t("names_below"), <code key="d">{instance.dns_domain}</code>],
          [t("public_key"), <CopyValue key="k" text={instance.wireguard.public_key} what={t("public_key")} />],
        ]}
      />
    </Card>
  );
}

export function OverviewTab({ instance }: TabProps) {
  const now = usePeers(instance.id);
  const rates = [...now.rates.values()];
  const rx = rates.reduce((sum, rate) => sum + rate.rx, 0);
  const tx = rates.reduce((sum, rate) => sum + rate.tx, 0);
  const ready = isReady(instance);
  return (
    <>
      <dl class="figures">
        <Figure name={t("peers_connected")} value={instance.peers.connected} sub={t("of_n", { n: instance.peers.enabled })} />
        <Figure name={t("received_now")} value={rates.length ? formatRate(rx) : "–"} />
        <Figure name={t("sent_now")} value={rates.length ? formatRate(tx) : "–"} />
        <Figure name={t("firewall_default")} value={t(instance.firewall_default === "allow" ? "value_allow" : "value_deny")} />
      </dl>
      {!ready && (
        <Card title={t("readiness")}>
          <ReadySteps instance={instance} />
        </Card>
      )}
      <Card title={t("picture")}>
        {now.problem && now.peers.length === 0 && <ProblemNote problem={now.problem} onRetry={now.reload} />}
        {!now.problem && !now.complete && now.peers.length === 0 && <Waits what={t("waits_peers")} />}
        {now.complete && now.peers.length === 0 && (
          <Empty level={3} title={t("peers_none")} text={t("peers_none_text")}>
            {may("operator") && (
              <LinkButton kind="main" icon="plus" href={pathOf("instances", instance.id, "peers", "new")}>
                {t("peer_add")}
              </LinkButton>
            )}
          </Empty>
        )}
        {now.peers.length > 0 && <Picture instance={instance} peers={now.peers} rates={now.rates} />}
      </Card>
      <div class="halves">
        <Endpoints instance={instance} />
        {ready && (
          <Card title={t("readiness")}>
            <ReadySteps instance={instance} />
          </Card>
        )}
      </div>
    </>
  );
}
