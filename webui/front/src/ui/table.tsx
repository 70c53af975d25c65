// SPDX-License-Identifier: GPL-2.0-or-later
// A table of any length: only the rows near the window are in the page, between two spaces as high as the others.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Icon } from "./icon";
import { type Range, rangeOf } from "./table-range";

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ComponentChildren;
  sort?: boolean;
  number?: boolean;
  wide?: boolean; // not on a phone
  width?: string;
  plain?: boolean; // its title is for those who hear it: what is in it says what it is
}

export interface Sorting {
  key: string;
  down: boolean;
}

interface TableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  rowName: (row: T) => string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  chosen?: Set<string>;
  onChoose?: (chosen: Set<string>) => void;
}

function HeadCell<T>({ column, sorting, onSort }: { column: Column<T>; sorting?: Sorting; onSort?: (sorting: Sorting) => void }) {
  const sorted = sorting?.key === column.key;
  const classes = [column.wide && "wide-only", column.number && "number"].filter(Boolean).join(" ");
  return (
    <th
      class={classes || undefined}
      scope="col"
      style={column.width ? { width: column.width } : undefined}
      aria-sort={sorted ? (sorting?.down ? "descending" : "ascending") : undefined}
    >
      {column.sort && onSort ? (
        <button type="button" class="sorter" onClick={() => onSort({ key: column.key, down: sorted ? !sorting?.down : false })}>
          {column.title}
          {sorted && <Icon name={sorting?.down ? "down" : "up"} size={14} />}
        </button>
      ) : column.plain ? (
        <span class="hidden-text">{column.title}</span>
      ) : (
        column.title
      )}
    </th>
  );
}

function useRange(count: number, body: { current: HTMLTableSectionElement | null }): Range {
  const height = useRef(44);
  const [range, setRange] = useState<Range>({ from: 0, to: Math.min(count, 60), above: 0, below: 0 });
  useLayoutEffect(() => {
    const look = () => {
      const element = body.current;
      if (!element) return;
      const row = element.querySelector<HTMLElement>("tr[data-row]");
      if (row && row.offsetHeight > 0) height.current = row.getBoundingClientRect().height;
      const next = rangeOf(count, height.current, element.getBoundingClientRect().top, window.innerHeight);
      setRange((old) => (old.from === next.from && old.to === next.to && old.below === next.below ? old : next));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [count]);
  return range;
}

function Space({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr class="table-space" aria-hidden="true">
      <td colSpan={99} style={{ height: `${height}px` }} />
    </tr>
  );
}

export function Table<T>({ label, columns, rows, rowKey, rowName, sorting, onSort, chosen, onChoose }: TableProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const all = useRef<HTMLInputElement>(null);
  const range = useRange(rows.length, body);
  const some = chosen !== undefined && chosen.size > 0;
  const every = chosen !== undefined && rows.length > 0 && rows.every((row) => chosen.has(rowKey(row)));
  useEffect(() => {
    if (all.current) all.current.indeterminate = some && !every;
  }, [some, every]);

  const choose = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    onChoose?.(next);
  };
  return (
    <div class="table-frame">
      <table class="table" aria-label={label} aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {onChoose && (
              <th scope="col" style={{ width: "44px" }}>
                <input
                  ref={all}
                  type="checkbox"
                  class="box"
                  aria-label={t("choose_all")}
                  checked={every}
                  onChange={() => onChoose(every ? new Set() : new Set(rows.map(rowKey)))}
                />
              </th>
            )}
            {columns.map((column) => (
              <HeadCell key={column.key} column={column} sorting={sorting} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Space height={range.above} />
          {rows.slice(range.from, range.to).map((row, at) => (
            <tr key={rowKey(row)} data-row data-chosen={chosen?.has(rowKey(row))} aria-rowindex={range.from + at + 2}>
              {onChoose && (
                <td>
                  <input type="checkbox" class="box" aria-label={t("choose_what", { what: rowName(row) })} checked={chosen?.has(rowKey(row))} onChange={() => choose(rowKey(row))} />
                </td>
              )}
              {columns.map((column) => (
                <td key={column.key} class={[column.wide && "wide-only", column.number && "number"].filter(Boolean).join(" ") || undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          <Space height={range.below} />
        </tbody>
      </table>
    </div>
  );
}
