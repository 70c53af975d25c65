// SPDX-License-Identifier: GPL-2.0-or-later
// The hub speaks English. What it says often is told in the person's language: its sentence is found in the catalogue
// by its words, and what stands in the holes is kept. A sentence that is not known stays as it is.
export type Sayings = [string, string][];

interface Saying {
  pattern: RegExp;
  names: string[];
  words: number; // letters that do not change
  said: string;
}

const hole = /\{(\w+)(\*?)\}/g;
let sayings: Saying[] = [];
const known = new Map<string, string>();

// In a saying of so few letters what stands in a hole is one word: else it would be found in any sentence.
const few = 14;

function sayingOf([theirs, ours]: [string, string]): Saying {
  const names: string[] = [];
  const words = theirs.replace(hole, "").length;
  const parts = theirs.split(/\{(\w+\*?)\}/);
  const pattern = parts.map((part, at) => {
    if (at % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    names.push(part);
    return words < few ? "(\\S+)" : "(.+?)";
  });
  return { pattern: new RegExp(`^${pattern.join("")}$`), names, words, said: ours };
}

// The more words are the same, the more it is the sentence that is meant.
export function setSayings(list: Sayings): void {
  known.clear();
  sayings = list.map(sayingOf).sort((a, b) => b.words - a.words);
}

function whole(text: string): string | null {
  for (const { pattern, names, said } of sayings) {
    const found = pattern.exec(text);
    if (!found) continue;
    const values = new Map(names.map((name, at) => [name, found[at + 1] ?? ""]));
    return said.replace(hole, (_, name: string, again: string) => {
      const value = values.get(name + again) ?? "";
      return again ? (whole(value) ?? value) : value;
    });
  }
  return null;
}

function translated(text: string): string {
  const one = whole(text);
  if (one !== null) return one;
  // Sentences that the hub joined: all of them or none.
  const parts = text.split("; ").map(whole);
  return parts.length > 1 && parts.every((part) => part !== null) ? parts.join("; ") : text;
}

export function hubText(text: string): string {
  if (sayings.length === 0) return text;
  let said = known.get(text);
  if (said === undefined) {
    said = translated(text);
    if (known.size > 500) known.clear();
    known.set(text, said);
  }
  return said;
}
