// SPDX-License-Identifier: GPL-2.0-or-later
import type { Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Rule } from "../../lib/types";
import { type Action, askFor } from "../../ui/ask";
import { askedOf, Result, tryWith } from "./flow";
import { ruleText } from "./rule-list";

// What is asked about last is tried with the change, where there is such a flow.
export function tryIt(instanceId: string, request: Request): Pick<Action, "request" | "tried"> {
  const flow = askedOf(instanceId);
  return { request: { ...request, trial: tryWith(flow) }, tried: (finding) => <Result finding={finding} rules={[]} after={flow} /> };
}

// As it would be added again.
export function ruleBody(rule: Rule): Record<string, unknown> {
  return {
    action: rule.action,
    from: rule.from,
    to: rule.to,
    protocol: rule.protocol,
    ports: rule.ports,
    direction: rule.direction,
    enabled: rule.enabled,
    ...(rule.comment && { comment: rule.comment }),
    position: rule.position,
  };
}

export function enableRule(instanceId: string, rule: Rule, enabled: boolean) {
  const path = pathOf("instances", instanceId, "firewall", rule.id);
  return askFor({
    title: t(enabled ? "rule_enable_title" : "rule_disable_title"),
    text: ruleText(rule),
    verb: t(enabled ? "enable" : "disable"),
    only: ["enabled"],
    ...tryIt(instanceId, { method: "POST", path: `${path}/${enabled ? "enable" : "disable"}` }),
    said: t(enabled ? "rule_enabled" : "rule_disabled"),
    undo: { method: "POST", path: `${path}/${enabled ? "disable" : "enable"}` },
    refresh: pathOf("instances", instanceId, "firewall"),
  });
}

export function deleteRule(instanceId: string, rule: Rule) {
  const rules = pathOf("instances", instanceId, "firewall");
  return askFor({
    title: t("rule_delete_title"),
    text: ruleText(rule),
    verb: t("delete"),
    danger: true,
    hideChanges: true,
    ...tryIt(instanceId, { method: "DELETE", path: `${rules}/${rule.id}` }),
    said: t("rule_deleted"),
    // The time it had left is not known to the second any more: such a rule is not brought back.
    undo: rule.expires_at ? undefined : { method: "POST", path: rules, body: ruleBody(rule) },
    refresh: rules,
  });
}
