// SPDX-License-Identifier: GPL-2.0-or-later
// A value that components watch.
import { useEffect, useState } from "preact/hooks";

export interface Store<T> {
  get(): T;
  set(value: T): void;
  watch(told: (value: T) => void): () => void;
}

export function makeStore<T>(initial: T): Store<T> {
  let value = initial;
  const watchers = new Set<(value: T) => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const told of [...watchers]) told(value);
    },
    watch(told) {
      watchers.add(told);
      return () => watchers.delete(told);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState(0);
  const drawn = store.get();
  useEffect(() => {
    const stop = store.watch(() => redraw((count) => count + 1));
    // It may have changed between the drawing and the watching.
    if (!Object.is(drawn, store.get())) redraw((count) => count + 1);
    return stop;
  }, [store]);
  return drawn;
}
