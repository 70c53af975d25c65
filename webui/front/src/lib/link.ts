// SPDX-License-Identifier: GPL-2.0-or-later
// While the hub does not answer it is asked again, at growing intervals; when it does, all that is shown is read anew.
import { ask, link, Problem } from "./api";
import { makeStore } from "./store";

const first = 500;
const longest = 8000;

// When it is asked next, for the banner; null while it answers.
export const nextTry = makeStore<number | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;
let wait = first;
const returned = new Set<() => void>();

export function whenBack(told: () => void): () => void {
  returned.add(told);
  return () => returned.delete(told);
}

// Anything but silence is an answer: a refusal too.
async function answers(): Promise<boolean> {
  try {
    await ask({ path: "/session" });
    return true;
  } catch (error) {
    return error instanceof Problem && !error.isAway;
  }
}

async function tryNow(): Promise<void> {
  clearTimeout(timer);
  nextTry.set(null);
  if (await answers()) {
    wait = first;
    for (const told of [...returned]) told();
  } else {
    later();
  }
}

function later(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void tryNow(), wait);
  nextTry.set(Date.now() + wait);
  wait = Math.min(wait * 2, longest);
}

export function askNow(): void {
  wait = first;
  void tryNow();
}

export function beginLink(): void {
  link.watch((state) => {
    if (state === "away") later();
  });
  window.addEventListener("online", askNow);
}
