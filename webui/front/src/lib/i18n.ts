// SPDX-License-Identifier: GPL-2.0-or-later
// Texts in the person's language, from the catalogue in src/texts/. "{name}" is replaced; "one peer|{n} peers" is
// chosen by n.
import type { en } from "../texts/en";
import { type Sayings, setSayings } from "./hub-text";
import { remember, remembered } from "./keep";
import { makeStore } from "./store";

export type TextKey = keyof typeof en;
export type Catalogue = Record<TextKey, string>;
export type Language = "en" | "de";
export type Values = Record<string, string | number>;

// In its own words, as a person looks for it.
export const languages: Record<Language, string> = { en: "English", de: "Deutsch" };

let catalogue = {} as Catalogue;
export const language = makeStore<Language>("en");

export function setCatalogue(value: Language, texts: Catalogue): void {
  catalogue = texts;
  language.set(value);
}

function choose(text: string, count: number): string {
  const forms = text.split("|");
  if (forms.length < 2) return text;
  return (new Intl.PluralRules(language.get()).select(count) === "one" ? forms[0] : forms[1]) ?? text;
}

export function fill(text: string, values: Values): string {
  const chosen = typeof values.n === "number" ? choose(text, values.n) : text;
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(language.get()).format(value) : value;
  });
}

export function t(key: TextKey, values?: Values): string {
  const text = catalogue[key];
  return values ? fill(text, values) : text;
}

// A text that may not be there, as of a word that a newer hub says.
export function tMaybe(key: string, otherwise: string, values?: Values): string {
  return key in catalogue ? t(key as TextKey, values) : otherwise;
}

// Catalogues are files of their own: nobody loads a language that is not spoken. The page says where they are.
async function load(value: Language): Promise<void> {
  const path = document.getElementById("app")?.dataset[value];
  if (!path) throw new Error(`no texts for ${value}`);
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const { sayings, ...texts } = (await response.json()) as Catalogue & { sayings?: Sayings };
  document.documentElement.lang = value;
  setSayings(sayings ?? []);
  setCatalogue(value, texts);
}

export async function chooseLanguage(value: Language): Promise<void> {
  remember("language", value);
  await load(value);
}

export async function beginLanguage(): Promise<void> {
  const wanted = remembered("language") ?? navigator.language.slice(0, 2);
  await load(wanted in languages ? (wanted as Language) : "en");
}
