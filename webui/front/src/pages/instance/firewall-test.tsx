// SPDX-License-Identifier: GPL-2.0-or-later
// Would it be allowed, and by which rule: nothing is sent. What is expected can be kept as a check.
import { useEffect, useState } from "preact/hooks";
import { asProblem, get, isAbort, type Problem } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Finding, Peer, Rule } from "../../lib/types";
import { askFor } from "../../ui/ask";
import { Card, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { asked, type Flow, FlowFields, noFlow, Result } from "./flow";

export function FirewallTest({ instanceId, peers, rules }: { instanceId: string; peers: Peer[]; rules: Rule[] }) {
  const [flow, setFlow] = useState<Flow>(noFlow);
  const [question, setQuestion] = useState<Flow | null>(null);
  const [finding, setFinding] = useState<Finding | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = pathOf("instances", instanceId);
  // Asked again when the rules are others: the answer is always about those that are shown.
  const order = rules.map((rule) => rule.id + rule.updated_at).join();
  useEffect(() => {
    if (!question) return undefined;
    const stop = new AbortController();
    get<Finding>(`${path}/firewall/test`, { ...question }, stop.signal)
      .then((answer) => {
        setFinding(answer);
        setProblem(null);
        asked.set({ instance: instanceId, flow: question });
      })
      .catch((error: unknown) => {
        if (isAbort(error)) return;
        setFinding(null);
        setProblem(asProblem(error));
      });
    return () => stop.abort();
  }, [question, order]);
  const change = (part: Partial<Flow>) => setFlow({ ...flow, ...part });
  const keep = async () => {
    if (!question || !finding || finding.action === "mixed") return;
    await askFor({
      title: t("check_add_title"),
      text: t("check_add_text"),
      verb: t("check_add"),
      hideChanges: true,
      request: {
        method: "POST",
        path: `${path}/firewall-checks`,
        body: { expect: finding.action, from: question.from, to: question.to, ...(question.port && { port: Number(question.port) }), ...(question.protocol && { protocol: question.protocol }) },
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
          setQuestion({ ...flow });
        }}
      >
        <FlowFields flow={flow} peers={peers} problem={problem} onChange={change} />
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
