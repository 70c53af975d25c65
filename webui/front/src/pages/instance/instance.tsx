// SPDX-License-Identifier: GPL-2.0-or-later
// An instance: its head, and a tab for each thing that one does with it.
import type { FunctionComponent } from "preact";
import { t, type TextKey } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Instance } from "../../lib/types";
import { Page } from "../../shell/page";
import { InstanceDot } from "../../things/state";
import { Empty, ProblemNote, Tabs, Waits } from "../../ui/bits";
import { LinkButton } from "../../ui/button";
import { DnsTab } from "./dns";
import { ExplainTab } from "./explain";
import { FirewallTab } from "./firewall";
import { OverviewTab } from "./overview";
import { PeersTab } from "./peers";
import { SettingsTab } from "./settings";
import { TrafficTab } from "./traffic";

export interface TabProps {
  instance: Instance;
  etag: string | null;
}

interface TabRow {
  name: string; // in the path; "" is the first
  text: TextKey;
  component: FunctionComponent<TabProps>;
}

const tabs: TabRow[] = [
  { name: "", text: "tab_overview", component: OverviewTab },
  { name: "peers", text: "tab_peers", component: PeersTab },
  { name: "firewall", text: "tab_firewall", component: FirewallTab },
  { name: "explain", text: "tab_explain", component: ExplainTab },
  { name: "dns", text: "tab_dns", component: DnsTab },
  { name: "traffic", text: "tab_traffic", component: TrafficTab },
  { name: "settings", text: "tab_settings", component: SettingsTab },
];

function hrefOf(id: string, tab: string): string {
  return tab ? pathOf("instances", id, tab) : pathOf("instances", id);
}

export function InstancePage({ instance: id, tab: name = "" }: { instance: string; tab?: string }) {
  const shown = useResource<Instance>(pathOf("instances", id), {
    on: (event) => event.instance_id === id || event.instance === id,
    every: 10000,
  });
  const crumbs = [{ text: t("nav_instances"), href: "/instances" }];
  const instance = shown.data;
  if (!instance) {
    const gone = shown.problem?.status === 404;
    return (
      <Page title={gone ? t("instance_gone") : t("instance")} crumbs={crumbs}>
        <div class="card">
          {gone ? (
            <Empty title={t("instance_gone")} text={t("instance_gone_text")}>
              <LinkButton href="/instances">{t("to_instances")}</LinkButton>
            </Empty>
          ) : shown.problem ? (
            <ProblemNote problem={shown.problem} onRetry={shown.reload} />
          ) : (
            <Waits what={t("waits_instance")} />
          )}
        </div>
      </Page>
    );
  }
  const tab = tabs.find((each) => each.name === name);
  const Tab = tab?.component;
  return (
    <Page
      title={instance.name}
      crumbs={crumbs}
      beside={<InstanceDot instance={instance} />}
      actions={
        may("operator") && (
          <LinkButton kind="main" icon="plus" href={pathOf("instances", id, "peers", "new")}>
            {t("peer_add")}
          </LinkButton>
        )
      }
      tabs={<Tabs label={instance.name} tabs={tabs.map((each) => ({ href: hrefOf(id, each.name), label: t(each.text), current: each === tab }))} />}
    >
      {Tab ? <Tab instance={instance} etag={shown.etag} /> : <Empty title={t("not_found_title")} text={t("not_found_text")} />}
    </Page>
  );
}
