// SPDX-License-Identifier: GPL-2.0-or-later
// A page that is one list: searched, sorted, or with words where there is nothing yet.
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { t } from "../lib/i18n";
import type { Resource } from "../lib/resource";
import type { Page as List } from "../lib/types";
import { Page } from "../shell/page";
import { Empty, ProblemNote, Waits } from "../ui/bits";
import { Search } from "../ui/search";
import { type Column, type Sorting, Table } from "../ui/table";

interface ListPageProps<T> {
  title: string;
  lead: string;
  waits: string;
  none: { title: string; text: string };
  search: string; // what is looked for
  list: Resource<List<T>>;
  columns: Column<T>[];
  textOf: (row: T) => string; // that a search looks into
  by: Record<string, (row: T) => string | number>; // keys of columns
  add: ComponentChildren;
  children?: ComponentChildren;
}

function sorted<T>(rows: T[], key: (row: T) => string | number, down: boolean): T[] {
  const up = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return down ? up.reverse() : up;
}

export function ListPage<T extends { id: string; name: string }>({ title, lead, waits, none, search, list, columns, textOf, by, add, children }: ListPageProps<T>) {
  const [text, setText] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ key: "name", down: false });
  const all = list.data?.items;
  const rows = useMemo(() => {
    const word = text.trim().toLowerCase();
    const found = (all ?? []).filter((row) => textOf(row).toLowerCase().includes(word));
    return sorted(found, by[sorting.key] ?? ((row) => row.name.toLowerCase()), sorting.down);
  }, [all, text, sorting]);
  return (
    <Page title={title} lead={lead} actions={all && all.length > 0 && add}>
      <div class="card">
        {list.problem && !all && <ProblemNote problem={list.problem} onRetry={list.reload} />}
        {!all && !list.problem && <Waits what={waits} />}
        {all?.length === 0 && <Empty {...none}>{add}</Empty>}
        {all && all.length > 0 && (
          <>
            <div class="toolbar">
              <Search value={text} onInput={setText} label={search} />
            </div>
            <Table label={title} columns={columns} rows={rows} rowKey={(row) => row.id} rowName={(row) => row.name} sorting={sorting} onSort={setSorting} />
            {rows.length === 0 && <Empty level={3} title={t("search_none")} />}
          </>
        )}
      </div>
      {children}
    </Page>
  );
}
