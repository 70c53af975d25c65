// SPDX-License-Identifier: GPL-2.0-or-later
// A form stays open while others change the same thing: what the person did not touch follows them, what was touched
// stays as it was typed, and where both did something the form can say so.

export interface Merged<D> {
  base: D; // as it is on the hub
  draft: D; // as it is in the form
  met: (keyof D)[]; // touched here, and changed by somebody else meanwhile
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export function beginMerge<D>(first: D): Merged<D> {
  return { base: first, draft: first, met: [] };
}

// The person's change; what is as on the hub again is no longer touched.
export function typeInto<D extends object>(old: Merged<D>, draft: D): Merged<D> {
  return { ...old, draft, met: old.met.filter((key) => !isSame(draft[key], old.base[key])) };
}

// What is on the hub now.
export function mergeFrom<D extends object>(old: Merged<D>, now: D): Merged<D> {
  if (isSame(now, old.base)) return old;
  const draft = { ...now };
  const met: (keyof D)[] = [];
  for (const key of Object.keys(now) as (keyof D)[]) {
    const mine = old.draft[key];
    if (isSame(mine, old.base[key]) || isSame(mine, now[key])) continue;
    draft[key] = mine;
    if (old.met.includes(key) || !isSame(now[key], old.base[key])) met.push(key);
  }
  return { base: now, draft, met };
}
