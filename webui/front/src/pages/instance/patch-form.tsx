// SPDX-License-Identifier: GPL-2.0-or-later
// A form that changes an instance: judged as it is filled in, shown as before and after, done with a way back.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Change, Instance } from "../../lib/types";
import { FailingChecks, sayDone } from "../../ui/ask";
import { Card, Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Changes } from "../../ui/changes";
import { hasOther, useDryRun } from "../../ui/form";

interface FormState<D> {
  draft: D;
  change: (part: Partial<D>) => void;
  problem: Problem | null;
}

interface PatchFormProps<D> {
  instance: Instance;
  etag: string | null;
  title: string;
  draftOf: (instance: Instance) => D;
  bodyOf: (draft: D) => Record<string, unknown>;
  fields: string[];
  children: (state: FormState<D>) => ComponentChildren;
}

// What is different from how it is: nothing else is sent.
export function differing(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

export function PatchForm<D extends object>({ instance, etag, title, draftOf, bodyOf, fields, children }: PatchFormProps<D>) {
  const [draft, setDraft] = useState<D>(() => draftOf(instance));
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const before = bodyOf(draftOf(instance));
  const body = differing(before, bodyOf(draft));
  const some = Object.keys(body).length > 0;
  const path = pathOf("instances", instance.id);
  const request: Request | null = some ? { method: "PATCH", path, body } : null;
  const judged = useDryRun<Instance>(request);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const kept = JSON.stringify(before);
  // What somebody else changed meanwhile is taken up while nothing was typed.
  useEffect(() => {
    if (!some) setDraft(draftOf(instance));
  }, [kept]);
  const changes: Change[] = useMemo(() => judged.plan?.changes ?? [], [judged.plan]);

  const save = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const answer = await ask<Instance>({ ...request, etag, force, key: key.current });
      const undo: Request = { method: "PATCH", path, body: Object.fromEntries(Object.keys(body).map((name) => [name, before[name]])) };
      setDraft(draftOf(answer.body));
      sayDone({ said: t("instance_changed", { name: answer.body.name }), undo, refresh: path }, answer.body);
    } catch (error) {
      setRefused(asProblem(error));
    } finally {
      key.current = makeKey();
      setBusy(false);
    }
  };
  const readOnly = !may("operator");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Card
        title={title}
        foot={
          !readOnly && (
            <>
              <Button
                disabled={!some}
                onClick={() => {
                  setDraft(draftOf(instance));
                  setRefused(null);
                }}
              >
                {t("reset")}
              </Button>
              <Button kind={force ? "danger" : "main"} submit busy={busy} disabled={!some || (!judged.plan && !force && !refused)}>
                {force ? t("all_the_same", { verb: t("save") }) : t("save")}
              </Button>
            </>
          )
        }
      >
        <fieldset class="form" disabled={readOnly}>
          {readOnly && <Note>{t("read_only")}</Note>}
          {children({
            draft,
            problem,
            change: (part) => {
              setRefused(null);
              setDraft({ ...draft, ...part });
            },
          })}
          {problem && force && <FailingChecks problem={problem} />}
          {problem && hasOther(problem, fields) && <ProblemNote problem={problem} />}
          {some && changes.length > 0 && (
            <div class="stack-s">
              <h3>{t("changes_title")}</h3>
              <Changes changes={changes} />
            </div>
          )}
        </fieldset>
      </Card>
    </form>
  );
}
