// SPDX-License-Identifier: GPL-2.0-or-later
// Would it be allowed, and by which rule: nothing is sent. What is expected can be kept as a check.
import { useEffect, useState } from "preact/hooks";
import { asProblem, get, isAbort, type Problem } from "../../lib/api";
import { t, tMaybe } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Finding, Peer, Rule } from "../../lib/types";
import { EndField } from "../../things/end-field";
import { askFor } from "../../ui/ask";
import { Card, Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { problemsOf, SelectField, TextField } from "../../ui/form";
import { ruleText } from "./rule-list";

interface Flow {
  from: string;
  to: string;
  port: string;
  protocol: string;
}

export function findingTone(action: Finding["action"]): "ok" | "warn" | "bad" {
  return action === "allow" ? "ok" : action === "deny" ? "bad" : "warn";
}

function reasonText(finding: Finding, rules: Rule[]): string {
  const rule = rules.find((each) => each.id === finding.rule);
  if (finding.reason === "rule") return rule ? t("by_rule_text", { position: rule.position, rule: ruleText(rule) }) : t("by_rule", { position: finding.position ?? 0 });
  return tMaybe(`reason_${finding.reason}`, finding.reason);
}

function Result({ finding, rules }: { finding: Finding; rules: Rule[] }) {
  return (
    <Note tone={findingTone(finding.action)} live>
      <strong>{t(`finding_${finding.action}`)}</strong> {reasonText(finding, rules)}
      {finding.action === "mixed" && <> {t("finding_pairs", { allowed: finding.allowed, denied: finding.denied })}</>}
    </Note>
  );
}

export function FirewallTest({ instanceId, peers, rules }: { instanceId: string; peers: Peer[]; rules: Rule[] }) {
  const [flow, setFlow] = useState<Flow>({ from: "", to: "", port: "", protocol: "" });
  const [asked, setAsked] = useState<Flow | null>(null);
  const [finding, setFinding] = useState<Finding | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = pathOf("instances", instanceId);
  // Asked again when the rules are others: the answer is always about those that are shown.
  const order = rules.map((rule) => `${rule.id}${rule.enabled}`).join();
  useEffect(() => {
    if (!asked) return undefined;
    const stop = new AbortController();
    get<Finding>(`${path}/firewall/test`, { ...asked }, stop.signal)
      .then((answer) => {
        setFinding(answer);
        setProblem(null);
      })
      .catch((error: unknown) => {
        if (isAbort(error)) return;
        setFinding(null);
        setProblem(asProblem(error));
      });
    return () => stop.abort();
  }, [asked, order]);
  const change = (part: Partial<Flow>) => setFlow({ ...flow, ...part });
  const keep = async () => {
    if (!asked || !finding || finding.action === "mixed") return;
    await askFor({
      title: t("check_add_title"),
      text: t("check_add_text"),
      verb: t("check_add"),
      hideChanges: true,
      request: {
        method: "POST",
        path: `${path}/firewall-checks`,
        body: { expect: finding.action, from: asked.from, to: asked.to, ...(asked.port && { port: Number(asked.port) }), ...(asked.protocol && { protocol: asked.protocol }) },
      },
      said: t("check_added"),
      undo: (made: { id: string }) => ({ method: "DELETE", path: `${path}/firewall-checks/${made.id}` }),
      refresh: `${path}/firewall-checks`,
    });
  };
  return (
    <Card title={t("test_title")}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked({ ...flow });
        }}
      >
        <EndField kind="question" label={t("from")} value={flow.from} peers={peers} onInput={(from) => change({ from })} wrong={problemsOf(problem, "from")} />
        <EndField kind="question" label={t("to")} value={flow.to} peers={peers} onInput={(to) => change({ to })} wrong={problemsOf(problem, "to")} />
        <div class="pair">
          <TextField label={t("port")} optional inputMode="numeric" value={flow.port} onInput={(port) => change({ port })} wrong={problemsOf(problem, "port")} />
          <SelectField
            label={t("protocol")}
            value={flow.protocol}
            onChange={(protocol) => change({ protocol })}
            options={[
              ["", t("protocol_usual")],
              ["tcp", "TCP"],
              ["udp", "UDP"],
              ["icmp", "ICMP"],
            ]}
          />
        </div>
        <div class="line">
          <Button kind="main" submit disabled={!flow.from.trim() || !flow.to.trim()}>
            {t("test_do")}
          </Button>
          {finding && finding.action !== "mixed" && may("operator") && <Button onClick={() => void keep()}>{t("check_add")}</Button>}
        </div>
        {problem && problem.errors.length === 0 && <ProblemNote problem={problem} />}
        {finding && <Result finding={finding} rules={rules} />}
      </form>
    </Card>
  );
}
