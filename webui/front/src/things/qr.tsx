// SPDX-License-Identifier: GPL-2.0-or-later
// A QR code as the hub draws it (SVG), drawn anew here: nothing of a foreign document gets into the page.
import { useMemo } from "preact/hooks";

export interface Drawing {
  size: number;
  path: string;
}

export function readQr(svg: string): Drawing | null {
  const size = /viewBox="0 0 (\d+) \1"/.exec(svg);
  const path = /<path[^>]* d="([Mmh0-9. -]+)"/.exec(svg);
  return size?.[1] && path?.[1] ? { size: Number(size[1]), path: path[1] } : null;
}

export function Qr({ svg, label }: { svg: string; label: string }) {
  const drawing = useMemo(() => readQr(svg), [svg]);
  if (!drawing) return null;
  return (
    <svg class="qr" viewBox={`0 0 ${drawing.size} ${drawing.size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={drawing.size} height={drawing.size} fill="#fff" />
      <path d={drawing.path} stroke="#000" />
    </svg>
  );
}
