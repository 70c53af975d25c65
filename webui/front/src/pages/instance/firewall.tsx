// SPDX-License-Identifier: GPL-2.0-or-later
// The ordered rules, how often each decided, what is expected of them, and a question to them.
import { useState } from "preact/hooks";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Page, Rule } from "../../lib/types";
import { usePeers } from "../../things/peers";
import { Card, Empty, Note, ProblemNote, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Checks } from "./firewall-checks";
import { FirewallTest } from "./firewall-test";
import { RuleEditor } from "./rule-editor";
import { RuleList } from "./rule-list";
import type { TabProps } from "./instance";

function Otherwise({ deny }: { deny: boolean }) {
  return (
    <div class="rule-otherwise">
      <span class="tag" data-tone={deny ? "bad" : "ok"}>
        {t(deny ? "value_deny" : "value_allow")}
      </span>
      <span class="second">{t(deny ? "otherwise_deny" : "otherwise_allow")}</span>
    </div>
  );
}

export function FirewallTab({ instance }: TabProps) {
  const path = pathOf("instances", instance.id, "firewall");
  const rules = useResource<Page<Rule>>(`${path}?limit=1000`, { on: (event) => event.instance_id === instance.id && event.kind === "firewall.changed", every: 3000 });
  const now = usePeers(instance.id);
  const [editing, setEditing] = useState<Rule | "new" | null>(null);
  const items = rules.data?.items ?? [];
  const add = may("operator") && (
    <Button small kind="main" icon="plus" onClick={() => setEditing("new")}>
      {t("rule_add")}
    </Button>
  );
  return (
    <div class="columns">
      <div class="stack-l">
        <Card title={t("rules")} actions={items.length > 0 && add} bare>
          {rules.problem && !rules.data && <ProblemNote problem={rules.problem} onRetry={rules.reload} />}
          {!rules.data && !rules.problem && <Waits what={t("waits_rules")} />}
          {rules.data && items.length === 0 && (
            <Empty level={3} title={t("rules_none")} text={t(instance.firewall_default === "allow" ? "rules_none_allow" : "rules_none_deny")}>
              {add}
            </Empty>
          )}
          {items.length > 0 && <RuleList instanceId={instance.id} rules={items} onEdit={setEditing} />}
          {items.length > 0 && <Otherwise deny={instance.firewall_default === "deny"} />}
          {rules.data?.next && (
            <div class="card-body">
              <Note>{t("rules_more", { n: items.length })}</Note>
            </div>
          )}
        </Card>
      </div>
      <div class="stack-l">
        <FirewallTest instanceId={instance.id} peers={now.peers} rules={items} />
        <Checks instanceId={instance.id} peers={now.peers} />
      </div>
      {editing && <RuleEditor instanceId={instance.id} rule={editing === "new" ? null : (items.find((each) => each.id === editing.id) ?? editing)} peers={now.peers} count={items.length} onClose={() => setEditing(null)} />}
    </div>
  );
}
