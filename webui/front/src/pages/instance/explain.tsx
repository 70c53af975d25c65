// SPDX-License-Identifier: GPL-2.0-or-later
// Why can't A reach B: the whole way, step by step, with the one that breaks it.
import { useEffect, useState } from "preact/hooks";
import { asProblem, get, isAbort, type Problem } from "../../lib/api";
import { hubText } from "../../lib/hub-text";
import { t, tMaybe } from "../../lib/i18n";
import { pathOf, place, setQuery } from "../../lib/router";
import type { ExplainEnd, Explanation, ExplainStep } from "../../lib/types";
import { EndField } from "../../things/end-field";
import { usePeers } from "../../things/peers";
import { Card, Code, Empty, Note, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { problemsOf, TextField } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { ProtocolField } from "./flow";
import type { TabProps } from "./instance";

interface Question {
  from: string;
  to: string;
  port: string;
  protocol: string;
}

function asked(): Question {
  const { query } = place.get();
  return { from: query.get("from") ?? "", to: query.get("to") ?? "", port: query.get("port") ?? "", protocol: query.get("protocol") ?? "" };
}

const tones = { yes: "ok", no: "bad", unknown: "warn" } as const;
const icons = { yes: "check", no: "cross", unknown: "question" } as const;

function Step({ step, broken }: { step: ExplainStep; broken: boolean }) {
  return (
    <li data-broken={broken}>
      <span class="step-mark" data-tone={tones[step.holds]} aria-hidden="true">
        <Icon name={icons[step.holds]} size={14} />
      </span>
      <div class="step-body stack-s">
        <div class="walk-line">
          <strong>
            {tMaybe(`explain_step_${step.step}`, step.title)}
            {step.holds === "yes" && <span class="hidden-text">{t("explain_holds_step")}</span>}
          </strong>
          <p class="second break">
            {hubText(step.text ?? "")} {step.holds !== "yes" && <Tag tone={tones[step.holds]}>{t(step.holds === "no" ? "explain_breaks" : "explain_unknown")}</Tag>}
          </p>
        </div>
        {step.mend && (
          <Note tone={broken ? "bad" : "warn"} icon="edit">
            <div class="stack-s">
              <span>{hubText(step.mend)}</span>
              {step.command && <Code text={step.command} what={t("command")} wrap />}
            </div>
          </Note>
        )}
      </div>
    </li>
  );
}

function EndLine({ end }: { end: ExplainEnd }) {
  return (
    <span>
      <strong>{end.peer ?? end.address}</strong> {end.peer && <code class="muted">{end.address}</code>}
    </span>
  );
}

function Walk({ explanation }: { explanation: Explanation }) {
  return (
    <Card
      title={
        <span class="line">
          <EndLine end={explanation.from} />
          <Icon name="arrow" />
          <EndLine end={explanation.to} />
        </span>
      }
    >
      <div class="stack-l">
        <Note tone={explanation.holds ? "ok" : "bad"} live>
          <strong>{t(explanation.holds ? "explain_holds" : "explain_broken")}</strong>
        </Note>
        <ol class="steps walk">
          {explanation.steps.map((step) => (
            <Step key={step.step} step={step} broken={step.step === explanation.broken} />
          ))}
        </ol>
      </div>
    </Card>
  );
}

export function ExplainTab({ instance }: TabProps) {
  const now = usePeers(instance.id);
  const [question, setQuestion] = useState<Question>(asked);
  const [sent, setSent] = useState<Question | null>(() => (asked().from && asked().to ? asked() : null));
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (!sent) return undefined;
    const stop = new AbortController();
    setProblem(null);
    get<Explanation>(`${pathOf("instances", instance.id)}/explain`, { ...sent }, stop.signal)
      .then(setExplanation)
      .catch((error: unknown) => {
        if (isAbort(error)) return;
        setExplanation(null);
        setProblem(asProblem(error));
      });
    return () => stop.abort();
  }, [sent, instance.id]);
  const change = (part: Partial<Question>) => setQuestion({ ...question, ...part });
  const go = () => {
    setQuery({ ...question });
    setSent({ ...question });
  };
  return (
    <div class="stack-l">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <div class="card-body ask-row">
          <EndField label={t("from")} kind="question" value={question.from} peers={now.peers} onInput={(from) => change({ from })} wrong={problemsOf(problem, "from")} />
          <EndField label={t("to")} kind="question" value={question.to} peers={now.peers} onInput={(to) => change({ to })} wrong={problemsOf(problem, "to")} />
          <TextField label={t("port")} optional inputMode="numeric" value={question.port} onInput={(port) => change({ port })} wrong={problemsOf(problem, "port")} />
          <ProtocolField value={question.protocol} onChange={(protocol) => change({ protocol })} />
          <div class="ask-button">
            <Button kind="main" submit disabled={!question.from.trim() || !question.to.trim()}>
              {t("explain_do")}
            </Button>
          </div>
        </div>
      </form>
      {problem && <ProblemNote problem={problem} />}
      {explanation && <Walk explanation={explanation} />}
      {!explanation && !problem && !sent && (
        <div class="card">
          <Empty title={t("explain_title")} text={t("explain_text")} />
        </div>
      )}
      {!explanation && !problem && sent && <Waits what={t("waits_explain")} />}
    </div>
  );
}
