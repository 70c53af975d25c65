// SPDX-License-Identifier: GPL-2.0-or-later
// All peers of an instance: searched, sorted, filtered, and changed many at once.
import { useMemo, useState } from "preact/hooks";
import { formatBytes } from "../../lib/format";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Peer } from "../../lib/types";
import { usePeers } from "../../things/peers";
import { PeerDot, protocolName } from "../../things/state";
import { Ago, Empty, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { Search } from "../../ui/search";
import { type Column, type Sorting, Table } from "../../ui/table";
import { BulkDialog, type BulkVerb } from "./bulk";
import type { TabProps } from "./instance";
import { type Filter, filterPeers, noFilter, sortPeers } from "./peers-order";

const columns: Column<Peer>[] = [
  {
    key: "name",
    get title() {
      return t("name");
    },
    sort: true,
    cell: (peer) => (
      <div class="cell">
        <span class="line cell-line">
          <a class="cut" href={pathOf("instances", peer.instance_id, "peers", peer.id)}>
            {peer.name}
          </a>
          {peer.profile_stale && peer.enabled && <Tag tone="warn">{t("stale")}</Tag>}
        </span>
        <span class="row-sub cut">
          <PeerDot peer={peer} /> · {peer.subnets[0] ?? peer.addresses[0]}
        </span>
      </div>
    ),
  },
  {
    key: "state",
    get title() {
      return t("state");
    },
    sort: true,
    wide: true,
    cell: (peer) => <PeerDot peer={peer} />,
  },
  {
    key: "type",
    get title() {
      return t("type");
    },
    sort: true,
    wide: true,
    cell: (peer) => (
      <span>
        {t(peer.type === "site" ? "type_site" : "type_client")} <span class="muted small">{protocolName(peer.protocol)}</span>
      </span>
    ),
  },
  {
    key: "address",
    get title() {
      return t("addresses");
    },
    sort: true,
    wide: true,
    cell: (peer) => (
      <span class="cell">
        <code>{peer.addresses[0]}</code>
        {peer.subnets.length > 0 && <code class="muted small">{peer.subnets.length > 1 ? t("and_subnets", { first: peer.subnets[0] ?? "", more: peer.subnets.length - 1 }) : peer.subnets[0]}</code>}
      </span>
    ),
  },
  {
    key: "user",
    get title() {
      return t("field_user");
    },
    sort: true,
    wide: true,
    cell: (peer) => peer.user ?? <span class="muted">–</span>,
  },
  {
    key: "seen",
    get title() {
      return t("last_seen");
    },
    sort: true,
    wide: true,
    cell: (peer) => (peer.connected ? t("now") : <Ago time={peer.last_seen} />),
  },
  {
    key: "traffic",
    get title() {
      return t("traffic");
    },
    sort: true,
    wide: true,
    number: true,
    cell: (peer) => formatBytes(peer.rx_bytes + peer.tx_bytes),
  },
];

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  return (
    <>
      <select class="input" aria-label={t("filter_state")} value={filter.state} onChange={(event) => onChange({ ...filter, state: event.currentTarget.value as Filter["state"] })}>
        <option value="">{t("all_states")}</option>
        <option value="connected">{t("peer_connected")}</option>
        <option value="away">{t("peer_away")}</option>
        <option value="disabled">{t("peer_disabled")}</option>
        <option value="stale">{t("stale_profile")}</option>
        <option value="expiring">{t("with_expiry")}</option>
      </select>
      <select class="input" aria-label={t("filter_type")} value={filter.type} onChange={(event) => onChange({ ...filter, type: event.currentTarget.value as Filter["type"] })}>
        <option value="">{t("all_types")}</option>
        <option value="client">{t("type_clients")}</option>
        <option value="site">{t("type_sites")}</option>
      </select>
    </>
  );
}

export function PeersTab({ instance }: TabProps) {
  const now = usePeers(instance.id);
  const [search, setSearch] = useState("");
  const [filter, setFilter] = useState<Filter>(noFilter);
  const [sorting, setSorting] = useState<Sorting>({ key: "name", down: false });
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [verb, setVerb] = useState<BulkVerb | null>(null);
  const rows = useMemo(() => sortPeers(filterPeers(now.peers, search, filter), sorting), [now.peers, search, filter, sorting]);
  const picked = useMemo(() => now.peers.filter((peer) => chosen.has(peer.id)), [now.peers, chosen]);

  if (now.peers.length === 0) {
    return (
      <div class="card">
        {now.problem ? (
          <ProblemNote problem={now.problem} onRetry={now.reload} />
        ) : !now.complete ? (
          <Waits what={t("waits_peers")} />
        ) : (
          <Empty title={t("peers_none")} text={t("peers_none_text")}>
            {may("operator") && (
              <LinkButton kind="main" icon="plus" href={pathOf("instances", instance.id, "peers", "new")}>
                {t("peer_add")}
              </LinkButton>
            )}
          </Empty>
        )}
      </div>
    );
  }
  return (
    <div class="card">
      <div class="toolbar">
        <Search value={search} onInput={setSearch} label={t("search_peers")} />
        <Filters filter={filter} onChange={setFilter} />
        <span class="muted small toolbar-end" role="status">
          {now.complete ? t("peers_shown", { n: rows.length, total: now.peers.length }) : t("peers_loading", { n: now.peers.length })}
        </span>
      </div>
      {picked.length > 0 && (
        <div class="toolbar toolbar-chosen">
          <strong>{t("chosen", { n: picked.length })}</strong>
          <Button small onClick={() => setVerb("enable")}>
            {t("enable")}
          </Button>
          <Button small onClick={() => setVerb("disable")}>
            {t("disable")}
          </Button>
          <Button small kind="danger" onClick={() => setVerb("delete")}>
            {t("delete")}
          </Button>
          <Button small kind="quiet" onClick={() => setChosen(new Set())}>
            {t("choose_none")}
          </Button>
        </div>
      )}
      <Table
        label={t("tab_peers")}
        columns={columns}
        rows={rows}
        rowKey={(peer) => peer.id}
        rowName={(peer) => peer.name}
        sorting={sorting}
        onSort={setSorting}
        chosen={may("operator") ? chosen : undefined}
        onChoose={may("operator") ? setChosen : undefined}
      />
      {rows.length === 0 && <Empty level={3} title={t("search_none")} text={t("search_none_text")} />}
      {verb && (
        <BulkDialog
          verb={verb}
          peers={picked}
          onClose={(done) => {
            setVerb(null);
            if (done) {
              setChosen(new Set());
              now.reload();
            }
          }}
        />
      )}
    </div>
  );
}
