// SPDX-License-Identifier: GPL-2.0-or-later
// Every action is asked for here: the dry run says what it will change, the person says yes, it is done, and where the
// inverse is clear there is a way back.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type Answer, ask as askHub, asProblem, type DryRun, dryRun, isAbort, makeKey, type Problem, type Request } from "../lib/api";
import { t } from "../lib/i18n";
import { problemText } from "../lib/problem";
import { reloadBelow } from "../lib/resource";
import { makeStore, useStore } from "../lib/store";
import type { Finding } from "../lib/types";
import { Note, ProblemNote, Waits } from "./bits";
import { Button } from "./button";
import { Changes } from "./changes";
import { Dialog } from "./dialog";
import { toast } from "./toast";

export interface Action<T = unknown> {
  title: string;
  text?: string;
  verb: string; // on the button
  danger?: boolean;
  typed?: string; // a name to be typed first
  request: Request;
  only?: string[]; // of the changes, those that mean something to a person
  hideChanges?: boolean;
  tried?: (finding: Finding) => ComponentChildren; // with the change
  said: string; // what was done
  undo?: Request | ((answer: T) => Request | null);
  refresh?: string; // what is read anew: paths that begin so
  done?: (answer: T) => void;
}

interface Asked {
  action: Action<unknown>;
  settle: (answer: unknown) => void;
}

const asked = makeStore<Asked | null>(null);

// The answer's body, or null when the person thought better of it.
export function askFor<T>(action: Action<T>): Promise<T | null> {
  return new Promise((resolve) => {
    asked.set({ action: action as Action<unknown>, settle: (answer) => resolve(answer as T | null) });
  });
}

async function undoWith(request: Request, refresh: string | undefined): Promise<void> {
  try {
    await askHub({ ...request, key: makeKey() });
    toast(t("undone"));
  } catch (error) {
    toast(t("undo_failed", { reason: problemText(asProblem(error)) }), { bad: true });
  }
  if (refresh) reloadBelow(refresh);
}

// Says what was done, with the way back, and has what is shown read anew.
export function sayDone<T>(action: Pick<Action<T>, "said" | "undo" | "refresh">, answer: T): void {
  const undo = typeof action.undo === "function" ? action.undo(answer) : action.undo;
  toast(action.said, { undo: undo ? () => void undoWith(undo, action.refresh) : undefined });
  if (action.refresh) reloadBelow(action.refresh);
}

function Preview({ action, plan, problem }: { action: Action<unknown>; plan: DryRun | null; problem: Problem | null }) {
  if (problem?.isCheck) return <FailingChecks problem={problem} />;
  if (problem) return <ProblemNote problem={problem} />;
  if (!plan) return <Waits what={t("waits_dry_run")} />;
  const tried = plan.finding && action.tried?.(plan.finding);
  if (action.hideChanges) return <>{tried}</>;
  const changes = action.only ? plan.changes.filter((change) => action.only?.includes(change.field)) : plan.changes;
  const isNew = changes.length > 0 && changes.every((change) => change.before === null);
  return (
    <div class="stack-s">
      <h3>{t("changes_title")}</h3>
      <Changes changes={changes} isNew={isNew} />
      {tried}
    </div>
  );
}

export function FailingChecks({ problem }: { problem: Problem }) {
  return (
    <Note tone="warn" live>
      <div class="stack-s">
        <span>{t("checks_break", { n: problem.errors.length })}</span>
        <ul class="stack-s">
          {problem.errors.map((error) => (
            <li key={error.field}>{error.wrong.replace(/^would no longer hold: /, "")}</li>
          ))}
        </ul>
      </div>
    </Note>
  );
}

function AskDialog({ action, settle }: Asked) {
  const [plan, setPlan] = useState<DryRun | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState("");
  const key = useRef(makeKey());
  const typedId = useId();
  useEffect(() => {
    const stop = new AbortController();
    dryRun<Record<string, unknown>>(action.request, stop.signal)
      .then(setPlan)
      .catch((error: unknown) => {
        if (!isAbort(error)) setProblem(asProblem(error));
      });
    return () => stop.abort();
  }, []);

  const close = (answer: unknown) => {
    asked.set(null);
    settle(answer);
  };
  const force = problem?.isCheck ?? false;
  const go = async () => {
    setBusy(true);
    try {
      const answer: Answer<unknown> = await askHub({ ...action.request, force, key: key.current });
      close(answer.body);
      sayDone(action, answer.body);
      action.done?.(answer.body);
    } catch (error) {
      const refused = asProblem(error);
      if (refused.status > 0) key.current = makeKey();
      setProblem(refused);
      setBusy(false);
    }
  };
  const ready = (plan !== null || force || problem?.isTrial) && (!action.typed || typed === action.typed);
  return (
    <Dialog
      title={action.title}
      onClose={() => close(null)}
      foot={
        <>
          <Button onClick={() => close(null)} autofocus={action.danger && !action.typed}>
            {t("cancel")}
          </Button>
          <Button kind={action.danger || force ? "danger" : "main"} disabled={!ready} busy={busy} onClick={() => void go()}>
            {force ? t("all_the_same", { verb: action.verb }) : action.verb}
          </Button>
        </>
      }
    >
      {action.text && <p class="second">{action.text}</p>}
      <Preview action={action} plan={plan} problem={problem} />
      {action.typed && (
        <div class="field">
          <label class="field-label" for={typedId}>
            {t("type_name", { name: action.typed })}
          </label>
          <input id={typedId} class="input" value={typed} autocomplete="off" spellcheck={false} onInput={(event) => setTyped(event.currentTarget.value)} />
        </div>
      )}
    </Dialog>
  );
}

export function Asking() {
  const now = useStore(asked);
  return now ? <AskDialog key={now.action.title} {...now} /> : null;
}
