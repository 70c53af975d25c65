// SPDX-License-Identifier: GPL-2.0-or-later
// Moving within an ordered list: pure.

export function moved<T>(items: T[], from: number, to: number): T[] {
  const rest = [...items];
  const [item] = rest.splice(from, 1);
  if (item !== undefined) rest.splice(to, 0, item);
  return rest;
}

// The place among rows that a pointer at that height means; `middles` are the rows' middles, top to bottom.
export function placeAt(middles: number[], y: number, from: number): number {
  let place = 0;
  for (const [at, middle] of middles.entries()) if (at !== from && y > middle) place++;
  return place;
}

// Where a key takes what is held at `at`; null: the key means nothing here.
export function placeByKey(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "ArrowDown":
      return Math.min(count - 1, at + 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
