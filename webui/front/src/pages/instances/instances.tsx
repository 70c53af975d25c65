// SPDX-License-Identifier: GPL-2.0-or-later
import { useMemo, useState } from "preact/hooks";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import type { Instance, Page as List } from "../../lib/types";
import { Page } from "../../shell/page";
import { InstanceDot } from "../../things/state";
import { Empty, ProblemNote, Waits } from "../../ui/bits";
import { LinkButton } from "../../ui/button";
import { Search } from "../../ui/search";
import { type Column, type Sorting, Table } from "../../ui/table";

const columns: Column<Instance>[] = [
  {
    key: "name",
    get title() {
      return t("name");
    },
    sort: true,
    cell: (row) => (
      <div class="cell">
        <a href={pathOf("instances", row.id)}>{row.name}</a>
        <span class="row-sub">
          <InstanceDot instance={row} /> · {t("connected_of", { connected: row.peers.connected, n: row.peers.total })}
        </span>
      </div>
    ),
  },
  {
    key: "state",
    get title() {
      return t("state");
    },
    wide: true,
    sort: true,
    cell: (row) => <InstanceDot instance={row} />,
  },
  {
    key: "peers",
    get title() {
      return t("peers_connected");
    },
    wide: true,
    sort: true,
    number: true,
    cell: (row) => (
      <span>
        {row.peers.connected} <span class="muted">/ {row.peers.total}</span>
      </span>
    ),
  },
  {
    key: "network",
    get title() {
      return t("network");
    },
    wide: true,
    cell: (row) => <code>{row.networks[0]}</code>,
  },
  {
    key: "hostname",
    get title() {
      return t("instance_hostname");
    },
    wide: true,
    sort: true,
    cell: (row) => <code>{row.public_name ?? row.hostname}</code>,
  },
];

const by: Record<string, (row: Instance) => string | number> = {
  name: (row) => row.name.toLowerCase(),
  state: (row) => row.state,
  peers: (row) => row.peers.connected,
  hostname: (row) => row.hostname,
};

function sorted(rows: Instance[], sorting: Sorting): Instance[] {
  const key = by[sorting.key] ?? by.name;
  if (!key) return rows;
  const up = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return sorting.down ? up.reverse() : up;
}

export function InstancesPage() {
  const list = useResource<List<Instance>>("/instances?limit=1000", { on: (event) => /^(instance|peer)\./.test(event.kind) });
  const [search, setSearch] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ key: "name", down: false });
  const rows = useMemo(() => {
    const text = search.toLowerCase();
    const found = (list.data?.items ?? []).filter((row) => `${row.name} ${row.hostname} ${row.networks.join(" ")}`.toLowerCase().includes(text));
    return sorted(found, sorting);
  }, [list.data, search, sorting]);
  const add = mayHub("operator") && (
    <LinkButton kind="main" icon="plus" href="/instances/new">
      {t("instance_add")}
    </LinkButton>
  );
  return (
    <Page title={t("nav_instances")} lead={t("instances_lead")} actions={list.data && list.data.items.length > 0 && add}>
      <div class="card">
        {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
        {!list.data && !list.problem && <Waits what={t("waits_instances")} />}
        {list.data?.items.length === 0 && (
          <Empty title={t("instances_none")} text={t("instances_none_text")}>
            {add}
          </Empty>
        )}
        {list.data && list.data.items.length > 0 && (
          <>
            <div class="toolbar">
              <Search value={search} onInput={setSearch} label={t("search_instances")} />
            </div>
            <Table label={t("nav_instances")} columns={columns} rows={rows} rowKey={(row) => row.id} rowName={(row) => row.name} sorting={sorting} onSort={setSorting} />
            {rows.length === 0 && <Empty level={3} title={t("search_none")} />}
          </>
        )}
      </div>
    </Page>
  );
}
