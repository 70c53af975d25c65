// SPDX-License-Identifier: GPL-2.0-or-later
// A GET that is shown: read once for all who show it, read anew when an event says that it changed, from time to time
// for live figures, and when the hub is back.
import { useEffect } from "preact/hooks";
import { type Answer, ask, asProblem, isAbort, type Problem } from "./api";
import { whenEvent } from "./events";
import { whenBack } from "./link";
import { makeStore, type Store, useStore } from "./store";
import type { HubEvent } from "./types";

export interface Shown<T> {
  data: T | undefined;
  etag: string | null;
  problem: Problem | null;
  loading: boolean;
}

export interface Resource<T> extends Shown<T> {
  reload: () => void;
}

interface Entry {
  store: Store<Shown<unknown>>;
  users: number;
  running: AbortController | null;
  again: boolean;
}

const nothing: Shown<unknown> = { data: undefined, etag: null, problem: null, loading: false };
const entries = new Map<string, Entry>();
const kept = 60; // answers that are kept though nobody shows them: going back is at once
const eventDelay = 150;

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (!entry) {
    entry = { store: makeStore<Shown<unknown>>(nothing), users: 0, running: null, again: false };
    entries.set(path, entry);
    for (const [old, candidate] of entries) {
      if (entries.size <= kept) break;
      if (candidate.users === 0 && old !== path) entries.delete(old);
    }
  }
  return entry;
}

async function load(path: string): Promise<void> {
  const entry = entryOf(path);
  if (entry.running) {
    entry.again = true;
    return;
  }
  const running = new AbortController();
  entry.running = running;
  entry.store.set({ ...entry.store.get(), loading: true });
  try {
    const answer = await ask<unknown>({ path, signal: running.signal });
    entry.store.set({ data: answer.body, etag: answer.etag, problem: null, loading: false });
  } catch (error) {
    if (isAbort(error)) return;
    const problem = asProblem(error);
    const old = entry.store.get();
    // What was shown stays while the hub is away: the banner says how old it is.
    entry.store.set({ ...old, data: problem.isAway ? old.data : undefined, problem, loading: false });
  } finally {
    entry.running = null;
    if (entry.again) {
      entry.again = false;
      void load(path);
    }
  }
}

export function reload(path: string): void {
  void load(path);
}

// What a change answered is what is there now.
export function keepAnswer(path: string, { body, etag }: Answer<unknown>): void {
  const entry = entries.get(path);
  if (entry?.store.get().data !== undefined) entry.store.set({ data: body, etag, problem: null, loading: false });
}

// All that is shown, and what is kept, whose path begins so: after a change.
export function reloadBelow(prefix: string): void {
  for (const [path, entry] of entries) {
    if (!path.startsWith(prefix)) continue;
    if (entry.users > 0) void load(path);
    else entries.delete(path);
  }
}

export function forgetAll(): void {
  for (const entry of entries.values()) entry.running?.abort();
  entries.clear();
}

export interface ResourceOptions {
  on?: (event: HubEvent) => boolean;
  every?: number; // ms
}

const none = makeStore<Shown<unknown>>(nothing);

export function useResource<T>(path: string | null, options: ResourceOptions = {}): Resource<T> {
  const store = path === null ? none : entryOf(path).store;
  const { on, every } = options;
  useEffect(() => {
    if (path === null) return undefined;
    const entry = entryOf(path);
    entry.users++;
    void load(path);
    const stopBack = whenBack(() => void load(path));
    const timer = every
      ? setInterval(() => {
          if (!document.hidden) void load(path);
        }, every)
      : undefined;
    return () => {
      entry.users--;
      stopBack();
      clearInterval(timer);
    };
  }, [path, every]);
  useEffect(() => {
    if (path === null || !on) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = whenEvent((event) => {
      if (!on(event) || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        void load(path);
      }, eventDelay);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [path]);
  const shown = useStore(store) as Shown<T>;
  return { ...shown, reload: () => path !== null && void load(path) };
}
