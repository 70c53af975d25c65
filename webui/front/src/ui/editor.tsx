// SPDX-License-Identifier: GPL-2.0-or-later
// Something made or changed by a form: judged by the hub as it is filled in, refused at its fields, done with a way back.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../lib/api";
import { t } from "../lib/i18n";
import { keepAnswer, reload } from "../lib/resource";
import type { Change, FieldProblem } from "../lib/types";
import { type Action, FailingChecks, sayDone } from "./ask";
import { Note, ProblemNote } from "./bits";
import { Button } from "./button";
import { Changes, fieldName, valueText } from "./changes";
import { Dialog } from "./dialog";
import { hasOther, type Judged, problemsOf, useDryRun } from "./form";
import { beginMerge, type Merged, mergeFrom, typeInto } from "./merge";

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

// Of a field that was touched here, what somebody else made of it meanwhile.
interface Met {
  field: string;
  value: unknown;
  take: () => void;
}

export interface Editor<D, T> {
  draft: D;
  change: (part: Partial<D>) => void;
  reset: () => void; // as it is on the hub
  request: Request | null;
  undo: Request | undefined; // the way back from the request
  met: Met[];
  judged: Judged<T>;
  problem: Problem | null;
  wrong: (field: string) => FieldProblem[];
  force: boolean; // a check of the firewall stands against it
  insists: boolean; // it would be saved all the same
  ready: boolean; // to be sent
  busy: boolean;
  save: () => Promise<T | null>; // null: it was refused, and the form says why
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

// Of what is there already, and others may change too, while the form is open.
interface There<D> {
  now: D | null; // as it is at this moment; null: it is a new one after all
  etag?: string | null;
  bodyOf: (draft: D) => Body;
}

export function useEditor<D extends object, T>(first: D | (() => D), requestOf: (draft: D, base: D) => Request | null, there?: There<D>): Editor<D, T> {
  const now = there?.now;
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [, redraw] = useState(0);
  const key = useRef(makeKey());
  const merged = useRef<Merged<D> | null>(null);
  merged.current ??= beginMerge(now ?? (typeof first === "function" ? first() : first));
  if (now) merged.current = mergeFrom(merged.current, now);
  const { base, draft, met } = merged.current;
  useEffect(() => {
    key.current = makeKey();
    setRefused(null);
  }, [base]);
  const request = requestOf(draft, base);
  const judged = useDryRun<T>(request, now);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const put = (next: D) => {
    key.current = makeKey();
    setRefused(null);
    if (merged.current) merged.current = typeInto(merged.current, next);
    redraw((count) => count + 1);
  };
  const save = async (): Promise<T | null> => {
    if (!request) return null;
    setBusy(true);
    try {
      const answer = await ask<T>({ ...request, etag: there?.etag, force, key: key.current });
      if (there?.etag) keepAnswer(request.path, answer);
      return answer.body;
    } catch (error) {
      const why = asProblem(error);
      // A hub that said nothing may have done it: asked again with the same key it does not do it twice.
      if (why.status > 0) key.current = makeKey();
      // It is another one by now: it is shown, and may be judged anew.
      if (why.status === 412) reload(request.path);
      setRefused(why);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return {
    draft,
    change: (part) => put({ ...(merged.current?.draft ?? draft), ...part }),
    reset: () => put(base),
    request,
    undo: there && request?.method === "PATCH" ? inverseOf(request, there.bodyOf(base)) : undefined,
    met: met.map((each) => ({ field: snake(String(each)), value: base[each], take: () => put({ ...draft, [each]: base[each] }) })),
    judged,
    problem,
    wrong: (field) => problemsOf(problem, field),
    force,
    insists: force || met.length > 0,
    ready: request !== null && (judged.plan !== null || force || Boolean(problem?.isTrial)) && !busy,
    busy,
    save,
  };
}

export function useChangeEditor<D extends object, T>(path: string, there: There<D> & { now: D }): Editor<D, T> {
  return useEditor<D, T>(there.now, (draft, base) => patchOf(path, there.bodyOf(base), there.bodyOf(draft)), there);
}

function MetNote({ met }: { met: Met[] }) {
  return (
    <Note tone="warn" live>
      <ul class="stack-s">
        {met.map(({ field, value, take }) => (
          <li key={field}>
            {t("changed_meanwhile", { field: fieldName(field), value: valueText(value) })}{" "}
            <button type="button" class="link-button" onClick={take}>
              {t("use_value", { value: valueText(value) })}
            </button>
          </li>
        ))}
      </ul>
    </Note>
  );
}

// What is against it and no field shows; and what will change.
export function EditorEnd({ editor, fields, changes = [] }: { editor: Editor<any, any>; fields: string[]; changes?: Change[] }) {
  const { problem, force, met } = editor;
  return (
    <>
      {met.length > 0 && <MetNote met={met} />}
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
  more?: ComponentChildren; // before the buttons that close it
  done?: (answer: T) => Pick<Action<T>, "said" | "undo" | "refresh">;
  onClose: () => void;
  onDone?: (answer: T) => void;
  onMade?: (answer: T) => void; // who shows what was made; else the dialog closes, and it is said what was done
  children: ComponentChildren;
}

export function EditDialog<T>({ title, verb, wide, editor, fields, changes, more, done, onClose, onDone, onMade, children }: EditDialogProps<T>) {
  const { insists, ready, busy } = editor;
  const save = async () => {
    if (!ready) return;
    const { undo } = editor;
    const answer = await editor.save();
    if (answer === null) return;
    if (onMade) return onMade(answer);
    onClose();
    if (done) sayDone({ undo, ...done(answer) }, answer);
    onDone?.(answer);
  };
  return (
    <Dialog
      title={title}
      wide={wide}
      onClose={onClose}
      foot={
        <>
          {more}
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={insists ? "danger" : "main"} disabled={!ready && !busy} busy={busy} onClick={() => void save()}>
            {insists ? t("all_the_same", { verb }) : verb}
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
