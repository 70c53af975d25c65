// SPDX-License-Identifier: GPL-2.0-or-later
// Forms whose fields are judged by the hub itself: a dry run of what would be sent, a moment after each change.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { asProblem, type DryRun, dryRun, isAbort, type Problem, type Request } from "../lib/api";
import { signedInAgain } from "../lib/again";
import { hubText } from "../lib/hub-text";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import type { FieldProblem } from "../lib/types";
import { Button, IconButton } from "./button";
import { Icon, type IconName } from "./icon";

/* ---- what the hub would say ---- */

export interface Judged<T> {
  plan: DryRun<T> | null;
  problem: Problem | null;
  judging: boolean;
}

const pause = 300;

// `request` null: there is nothing to judge yet. It is judged anew when what it would change is another one.
export function useDryRun<T>(request: Request | null, changed?: unknown): Judged<T> {
  const [judged, setJudged] = useState<Judged<T>>({ plan: null, problem: null, judging: false });
  const signIns = useStore(signedInAgain);
  const text = request ? JSON.stringify([request.method, request.path, request.trial, request.body, signIns, changed]) : null;
  useEffect(() => {
    if (!request) {
      setJudged({ plan: null, problem: null, judging: false });
      return undefined;
    }
    const stop = new AbortController();
    setJudged((old) => ({ ...old, judging: true }));
    const timer = setTimeout(() => {
      dryRun<T>({ ...request, quiet: true }, stop.signal)
        .then((plan) => setJudged({ plan, problem: null, judging: false }))
        .catch((error: unknown) => {
          if (!isAbort(error)) setJudged({ plan: null, problem: asProblem(error), judging: false });
        });
    }, pause);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return judged;
}

// Of a field and what is in it: "subnets", "subnets[1]".
export function problemsOf(problem: Problem | null, field: string): FieldProblem[] {
  return problem?.errors.filter((error) => error.field === field || error.field.startsWith(`${field}[`)) ?? [];
}

// A problem that no field of the form shows is shown at the form's end.
export function hasOther(problem: Problem | null, fields: string[]): boolean {
  if (!problem || problem.isCheck) return false;
  if (problem.errors.length === 0) return true;
  return problem.errors.some((error) => !fields.includes(error.field.replace(/\[.*$/, "")));
}

/* ---- a field ---- */

export interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  optional?: boolean;
  wrong?: FieldProblem[];
  onWould?: (value: string) => void; // the person takes what the hub proposes
}

interface Ids {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

export function Field({ label, hint, optional, wrong = [], onWould, children }: FieldProps & { children: (ids: Ids) => ComponentChildren }) {
  const id = useId();
  const described = [hint && `${id}-hint`, wrong.length > 0 && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label} {optional && <small>{t("optional")}</small>}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": wrong.length > 0 || undefined })}
      {wrong.length > 0 && (
        <div id={`${id}-wrong`} class="stack-s">
          {wrong.map((error) => (
            <p key={error.field + error.wrong} class="field-wrong">
              <span>{hubText(error.wrong)}</span>
              {error.would && onWould && (
                <button type="button" class="link-button" onClick={() => onWould(error.would ?? "")}>
                  {t("use_value", { value: error.would })}
                </button>
              )}
            </p>
          ))}
        </div>
      )}
      {hint && (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  onBlur?: () => void;
  type?: "text" | "password" | "email";
  placeholder?: string;
  mono?: boolean;
  required?: boolean;
  autocomplete?: string;
  suggestions?: string[];
  autofocus?: boolean;
  narrow?: boolean;
  inputMode?: "numeric" | "text";
}

export function TextField(props: TextProps) {
  const { value, onInput, onBlur, type = "text", placeholder, mono, required, autocomplete = "off", suggestions, autofocus, narrow, inputMode, ...field } = props;
  const listId = useId();
  // The types know no password with suggestions; nor are there any.
  const kind = { type, list: suggestions && listId } as { type: "text"; list: string | undefined };
  return (
    <Field {...field}>
      {(ids) => (
        <>
          <input
            {...ids}
            class={narrow ? "input input-narrow" : "input"}
            {...kind}
            value={value}
            placeholder={placeholder}
            data-mono={mono}
            required={required}
            autocomplete={autocomplete}
            spellcheck={false}
            autofocus={autofocus}
            inputMode={inputMode}
            onInput={(event) => onInput(event.currentTarget.value)}
            onBlur={onBlur}
          />
          {suggestions && (
            <datalist id={listId}>
              {suggestions.map((text) => (
                <option key={text} value={text} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

export function AreaField({ value, onInput, ...field }: FieldProps & { value: string; onInput: (value: string) => void }) {
  return (
    <Field {...field}>{(ids) => <textarea {...ids} class="input" value={value} rows={3} onInput={(event) => onInput(event.currentTarget.value)} />}</Field>
  );
}

export function SelectField<T extends string>({
  value,
  options,
  onChange,
  narrow,
  ...field
}: FieldProps & { value: T; options: [T, string][]; onChange: (value: T) => void; narrow?: boolean }) {
  return (
    <Field {...field}>
      {(ids) => (
        <select {...ids} class={narrow ? "input input-narrow" : "input"} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
          {options.map(([key, text]) => (
            <option key={key} value={key} selected={key === value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, hint, checked, onChange }: { label: string; hint?: string; checked: boolean; onChange: (checked: boolean) => void }) {
  const id = useId();
  return (
    <label class="check">
      <input type="checkbox" checked={checked} aria-describedby={hint ? id : undefined} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        <span class="field-label">{label}</span>
        {hint && (
          <span id={id} class="choice-text">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

export interface Choice<T extends string> {
  value: T;
  title: string;
  text: string;
  icon?: IconName;
}

// A choice that matters, with what it means.
export function Choices<T extends string>({ label, value, choices, onChange }: { label: string; value: T; choices: Choice<T>[]; onChange: (value: T) => void }) {
  const name = useId();
  return (
    <fieldset class="field">
      <legend class="field-label">{label}</legend>
      <div class="choices">
        {choices.map((choice) => (
          <label key={choice.value} class="choice">
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              aria-describedby={`${name}-${choice.value}`}
              aria-label={choice.title}
              onChange={() => onChange(choice.value)}
            />
            {choice.icon && <Icon name={choice.icon} size={20} />}
            <span>
              <span class="choice-title">{choice.title}</span>
              <span class="choice-text" id={`${name}-${choice.value}`}>
                {choice.text}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/* ---- several values of one field ---- */

interface ListProps extends Omit<FieldProps, "onWould"> {
  values: string[];
  onChange: (values: string[]) => void;
  placeholder?: string;
  itemName: string; // "Network 2": for those who hear it
  addLabel: string;
  mono?: boolean;
  suggestions?: string[];
}

// The field of the item that it is about, as the hub numbers them: empty ones are not sent.
function problemOfItem(wrong: FieldProblem[], field: string, values: string[], at: number): FieldProblem[] {
  const sent = values.slice(0, at).filter((value) => value.trim()).length;
  return values[at]?.trim() ? wrong.filter((error) => error.field === `${field}[${sent}]`) : [];
}

export function ListField({ field, label, hint, optional, wrong = [], values, onChange, placeholder, itemName, addLabel, mono = true, suggestions }: ListProps & { field: string }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const added = useRef(false);
  useEffect(() => {
    if (!added.current) return;
    added.current = false;
    const inputs = list.current?.querySelectorAll("input");
    inputs?.[inputs.length - 1]?.focus();
  }, [values.length]);
  const shown = values.length ? values : [""];
  const set = (at: number, value: string) => onChange(shown.map((old, each) => (each === at ? value : old)));
  return (
    <fieldset class="field">
      <legend class="field-label">
        {label} {optional && <small>{t("optional")}</small>}
      </legend>
      <div class="list-input" ref={list}>
        {shown.map((value, at) => (
          <ListItem
            key={at}
            id={`${id}-${at}`}
            name={`${itemName} ${at + 1}`}
            value={value}
            wrong={problemOfItem(wrong, field, shown, at)}
            placeholder={placeholder}
            mono={mono}
            listId={suggestions && `${id}-list`}
            onInput={(next) => set(at, next)}
            onRemove={values.length > 1 ? () => onChange(shown.filter((_, each) => each !== at)) : undefined}
          />
        ))}
        {suggestions && (
          <datalist id={`${id}-list`}>
            {suggestions.map((text) => (
              <option key={text} value={text} />
            ))}
          </datalist>
        )}
        <div>
          <Button
            small
            kind="quiet"
            icon="plus"
            onClick={() => {
              added.current = true;
              onChange([...shown, ""]);
            }}
          >
            {addLabel}
          </Button>
        </div>
      </div>
      {wrong
        .filter((error) => error.field === field)
        .map((error) => (
          <p key={error.wrong} class="field-wrong">
            {hubText(error.wrong)}
          </p>
        ))}
      {hint && <p class="field-hint">{hint}</p>}
    </fieldset>
  );
}

interface ItemProps {
  id: string;
  name: string;
  value: string;
  wrong: FieldProblem[];
  placeholder?: string;
  mono: boolean;
  listId?: string;
  onInput: (value: string) => void;
  onRemove?: () => void;
}

function ListItem({ id, name, value, wrong, placeholder, mono, listId, onInput, onRemove }: ItemProps) {
  return (
    <div class="stack-s">
      <div class="list-input-row">
        <input
          class="input"
          aria-label={name}
          aria-invalid={wrong.length > 0 || undefined}
          aria-describedby={wrong.length > 0 ? id : undefined}
          data-mono={mono}
          value={value}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          list={listId}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {onRemove && <IconButton icon="cross" label={t("remove_what", { what: name })} onClick={onRemove} />}
      </div>
      {wrong.map((error) => (
        <p key={error.wrong} id={id} class="field-wrong">
          <span>{hubText(error.wrong)}</span>
          {error.would && (
            <button type="button" class="link-button" onClick={() => onInput(error.would ?? "")}>
              {t("use_value", { value: error.would })}
            </button>
          )}
        </p>
      ))}
    </div>
  );
}

// What is sent of a list: without what is empty.
export function given(values: string[]): string[] {
  return values.map((value) => value.trim()).filter(Boolean);
}
