// SPDX-License-Identifier: GPL-2.0-or-later
// What is expected of the firewall: a change that breaks one of these is refused.
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Check, Page, Peer } from "../../lib/types";
import { EndText } from "../../things/end-field";
import { askFor } from "../../ui/ask";
import { Card, Dot, Empty, ProblemNote, Waits } from "../../ui/bits";
import { IconButton } from "../../ui/button";

function checkText(check: Check): string {
  return `${t(check.expect === "allow" ? "value_allow" : "value_deny")} ${check.from} → ${check.to}`;
}

function remove(instanceId: string, check: Check): void {
  const checks = pathOf("instances", instanceId, "firewall-checks");
  void askFor({
    title: t("check_delete_title"),
    text: checkText(check),
    verb: t("delete"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: `${checks}/${check.id}` },
    said: t("check_deleted"),
    undo: { method: "POST", path: checks, body: { expect: check.expect, from: check.from, to: check.to, protocol: check.protocol, ...(check.port && { port: check.port }) } },
    refresh: checks,
  });
}

export function Checks({ instanceId }: { instanceId: string; peers: Peer[] }) {
  const checks = useResource<Page<Check>>(pathOf("instances", instanceId, "firewall-checks"), {
    on: (event) => event.instance_id === instanceId && /^(firewall|peer)\./.test(event.kind),
  });
  const items = checks.data?.items ?? [];
  return (
    <Card title={t("checks")} bare>
      {checks.problem && !checks.data && <ProblemNote problem={checks.problem} onRetry={checks.reload} />}
      {!checks.data && !checks.problem && <Waits what={t("waits_checks")} />}
      {checks.data && items.length === 0 && <Empty level={3} title={t("checks_none")} text={t("checks_none_text")} />}
      {items.length > 0 && (
        <ul class="rows">
          {items.map((check) => (
            <li key={check.id}>
              <div class="grow">
                <div class="rule-ends">
                  <EndText end={check.from} /> <span aria-hidden="true">→</span> <EndText end={check.to} />
                </div>
                <div class="line small muted">
                  <span>{t(check.expect === "allow" ? "expect_allow" : "expect_deny")}</span>
                  <span>{check.port ? `${check.protocol.toUpperCase()} ${check.port}` : check.protocol.toUpperCase()}</span>
                </div>
              </div>
              <Dot tone={check.holds ? "ok" : "bad"}>{t(check.holds ? "check_holds" : "check_fails")}</Dot>
              {may("operator") && <IconButton small icon="trash" label={t("check_delete", { what: checkText(check) })} onClick={() => remove(instanceId, check)} />}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
