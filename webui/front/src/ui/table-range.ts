// SPDX-License-Identifier: GPL-2.0-or-later

export interface Range {
  from: number;
  to: number;
  above: number; // px of the rows that are left out
  below: number;
}

const margin = 12; // rows drawn beyond the window, on each side
const short = 80; // so many are all drawn: the browser's own search finds them

// Which of the rows are to be drawn when the first one's place would be at `top` of a window of that height.
export function rangeOf(count: number, rowHeight: number, top: number, windowHeight: number): Range {
  if (count <= short) return { from: 0, to: count, above: 0, below: 0 };
  const first = Math.floor(-top / rowHeight) - margin;
  const shown = Math.ceil(windowHeight / rowHeight) + 2 * margin;
  const from = Math.max(0, Math.min(first, count - shown));
  const to = Math.min(count, from + shown);
  return { from, to, above: from * rowHeight, below: (count - to) * rowHeight };
}
