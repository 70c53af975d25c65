// SPDX-License-Identifier: GPL-2.0-or-later
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import type { Instance, Page as List } from "../../lib/types";
import { ListPage } from "../../things/list-page";
import { InstanceDot } from "../../things/state";
import { LinkButton } from "../../ui/button";
import type { Column } from "../../ui/table";

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
  state: (row) => row.state,
  peers: (row) => row.peers.connected,
  hostname: (row) => row.hostname,
};

export function InstancesPage() {
  const list = useResource<List<Instance>>("/instances?limit=1000", { on: (event) => /^(instance|peer)\./.test(event.kind) });
  return (
    <ListPage
      title={t("nav_instances")}
      lead={t("instances_lead")}
      waits={t("waits_instances")}
      none={{ title: t("instances_none"), text: t("instances_none_text") }}
      search={t("search_instances")}
      list={list}
      columns={columns}
      textOf={(row) => `${row.name} ${row.hostname} ${row.networks.join(" ")}`}
      by={by}
      add={
        mayHub("operator") && (
          <LinkButton kind="main" icon="plus" href="/instances/new">
            {t("instance_add")}
          </LinkButton>
        )
      }
    />
  );
}
