// SPDX-License-Identifier: GPL-2.0-or-later
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Rule } from "../../lib/types";
import { askFor } from "../../ui/ask";
import { ruleText } from "./rule-list";

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
    request: { method: "POST", path: `${path}/${enabled ? "enable" : "disable"}` },
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
    request: { method: "DELETE", path: `${rules}/${rule.id}` },
    said: t("rule_deleted"),
    // The time it had left is not known to the second any more: such a rule is not brought back.
    undo: rule.expires_at ? undefined : { method: "POST", path: rules, body: ruleBody(rule) },
    refresh: rules,
  });
}
