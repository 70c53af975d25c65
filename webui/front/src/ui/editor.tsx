// SPDX-License-Identifier: GPL-2.0-or-later
// Something made or changed by a form: judged by the hub as it is filled in, refused at its fields, done with a way back.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../lib/api";
import { t } from "../lib/i18n";
import type { Change, FieldProblem } from "../lib/types";
import { type Action, FailingChecks, sayDone } from "./ask";
import { ProblemNote } from "./bits";
import { Button } from "./button";
import { Changes } from "./changes";
import { Dialog } from "./dialog";
import { hasOther, type Judged, problemsOf, useDryRun } from "./form";

export type Body = Record<string, unknown>;

// What is different from how it is: nothing else is sent.
export function differing(before: Body, after: Body): Body {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

// The change from what is there; null: there is none.
export function patchOf(path: string, before: Body, after: Body): Request | null {
  const body = differing(before, after);
  return Object.keys(body).length > 0 ? { method: "PATCH", path, body } : null;
}

// The way back from a change: undefined where something of it has no earlier value to go back to.
export function inverseOf(request: Request, before: Body): Request | undefined {
  const names = Object.keys(request.body as Body);
  if (!names.every((name) => name in before)) return undefined;
  return { method: "PATCH", path: request.path, body: Object.fromEntries(names.map((name) => [name, before[name]])) };
}

export interface Editor<D, T> {
  draft: D;
  change: (part: Partial<D>) => void;
  put: (draft: D) => void;
  request: Request | null;
  judged: Judged<T>;
  problem: Problem | null;
  wrong: (field: string) => FieldProblem[];
  force: boolean; // a check of the firewall stands against it
  ready: boolean; // to be sent
  busy: boolean;
  save: () => Promise<T | null>; // null: it was refused, and the form says why
}

export function useEditor<D extends object, T>(first: D | (() => D), requestOf: (draft: D) => Request | null, etag: string | null = null): Editor<D, T> {
  const [draft, setDraft] = useState<D>(first);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const request = requestOf(draft);
  const judged = useDryRun<T>(request);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const put = (next: D) => {
    key.current = makeKey();
    setRefused(null);
    setDraft(next);
  };
  const save = async (): Promise<T | null> => {
    if (!request) return null;
    setBusy(true);
    try {
      return (await ask<T>({ ...request, etag, force, key: key.current })).body;
    } catch (error) {
      const why = asProblem(error);
      // A hub that said nothing may have done it: asked again with the same key it does not do it twice.
      if (why.status > 0) key.current = makeKey();
      setRefused(why);
      return null;
    } finally {
      setBusy(false);
    }
  };
  const ready = request !== null && (judged.plan !== null || force) && !busy;
  return { draft, change: (part) => put({ ...draft, ...part }), put, request, judged, problem, wrong: (field) => problemsOf(problem, field), force, ready, busy, save };
}

// What is against it and no field shows; and what will change.
export function EditorEnd({ editor, fields, changes = [] }: { editor: Editor<any, any>; fields: string[]; changes?: Change[] }) {
  const { problem, force } = editor;
  return (
    <>
      {problem && force && <FailingChecks problem={problem} />}
      {problem && hasOther(problem, fields) && <ProblemNote problem={problem} />}
      {changes.length > 0 && (
        <div class="stack-s">
          <h3>{t("changes_title")}</h3>
          <Changes changes={changes} />
        </div>
      )}
    </>
  );
}

interface EditDialogProps<T> {
  title: string;
  verb: string;
  wide?: boolean;
  editor: Editor<any, T>;
  fields: string[]; // those that show what is wrong with them
  changes?: Change[];
  done: (answer: T) => Pick<Action<T>, "said" | "undo" | "refresh">;
  onClose: () => void;
  onDone?: (answer: T) => void;
  children: ComponentChildren;
}

export function EditDialog<T>({ title, verb, wide, editor, fields, changes, done, onClose, onDone, children }: EditDialogProps<T>) {
  const { force, ready, busy } = editor;
  const save = async () => {
    if (!ready) return;
    const answer = await editor.save();
    if (answer === null) return;
    onClose();
    sayDone(done(answer), answer);
    onDone?.(answer);
  };
  return (
    <Dialog
      title={title}
      wide={wide}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={force ? "danger" : "main"} disabled={!ready && !busy} busy={busy} onClick={() => void save()}>
            {force ? t("all_the_same", { verb }) : verb}
          </Button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {children}
        <EditorEnd editor={editor} fields={fields} changes={changes} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
