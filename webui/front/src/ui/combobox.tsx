// SPDX-License-Identifier: GPL-2.0-or-later
// A text that may be typed, or chosen from what there is: arrows move, Enter takes, Escape closes.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Field, type FieldProps } from "./form";

export interface Option {
  value: string; // as it is written
  text: string; // as it is called
  kind?: string;
}

const most = 50; // a list of 10,000 helps nobody

// Each word that was typed is somewhere in it.
export function optionsFor(options: Option[], typed: string): Option[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter(({ value, text, kind }) => {
    const all = `${value} ${text} ${kind ?? ""}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export function ComboField({ value, onInput, options, placeholder, autofocus, ...field }: FieldProps & { value: string; onInput: (value: string) => void; options: Option[]; placeholder?: string; autofocus?: boolean }) {
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  // What was chosen is no search: all of them are there to choose another one.
  const found = options.some((option) => option.value === value) ? options : optionsFor(options, value);
  const shown = found.slice(0, most);
  const isOpen = open && shown.length > 0;
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const show = (on: boolean, next = -1) => {
    setOpen(on);
    setAt(next);
  };
  const take = (option: Option) => {
    onInput(option.value);
    show(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = shown[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const by = event.key === "ArrowDown" ? 1 : -1;
      show(true, at < 0 && by < 0 ? shown.length - 1 : (at + by + shown.length) % shown.length);
    } else if (event.key === "Enter" && isOpen && chosen) take(chosen);
    else if (event.key === "Escape" && isOpen) show(false);
    else return;
    event.preventDefault();
  };
  return (
    <Field {...field}>
      {(ids) => (
        <div class="combo">
          <input
            {...ids}
            class="input"
            role="combobox"
            aria-expanded={isOpen}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
            value={value}
            placeholder={placeholder}
            autocomplete="off"
            spellcheck={false}
            autofocus={autofocus}
            onInput={(event) => {
              onInput(event.currentTarget.value);
              show(true);
            }}
            onClick={() => show(!open)}
            onKeyDown={onKeyDown}
            onBlur={() => show(false)}
          />
          <ul ref={list} id={`${id}-list`} class="combo-list" role="listbox" aria-label={field.label} hidden={!isOpen}>
            {isOpen &&
              shown.map((option, each) => (
                <li
                  key={option.value}
                  id={`${id}-${each}`}
                  role="option"
                  aria-selected={each === at}
                  class="combo-option"
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => take(option)}
                >
                  <span class="break">{option.text}</span>
                  {option.kind && <span class="muted small">{option.kind}</span>}
                </li>
              ))}
            {found.length > most && (
              <li role="presentation" class="combo-more muted small">
                {t("and_more", { n: found.length - most })}
              </li>
            )}
          </ul>
        </div>
      )}
    </Field>
  );
}
