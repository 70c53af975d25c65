// SPDX-License-Identifier: GPL-2.0-or-later
import { useMemo, useState } from "preact/hooks";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { navigate, pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import type { Page as List, User } from "../../lib/types";
import { Page } from "../../shell/page";
import { UserDialog } from "../../things/user-fields";
import { Dot, Empty, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Search } from "../../ui/search";
import { type Column, type Sorting, Table } from "../../ui/table";

export function UserDot({ user }: { user: User }) {
  if (!user.enabled) return <Dot tone="bad">{t("user_disabled")}</Dot>;
  return <Dot tone={user.peers.connected > 0 ? "ok" : "off"}>{t("connected_of", { connected: user.peers.connected, n: user.peers.total })}</Dot>;
}

const columns: Column<User>[] = [
  {
    key: "name",
    get title() {
      return t("name");
    },
    sort: true,
    cell: (row) => (
      <div class="cell">
        <a href={pathOf("users", row.id)}>{row.name}</a>
        <span class="row-sub">
          <UserDot user={row} />
        </span>
      </div>
    ),
  },
  {
    key: "email",
    get title() {
      return t("user_mail");
    },
    wide: true,
    sort: true,
    cell: (row) => row.email ?? <span class="muted">–</span>,
  },
  {
    key: "groups",
    get title() {
      return t("field_groups");
    },
    wide: true,
    cell: (row) => (
      <span class="line">
        {row.groups.map((group) => (
          <Tag key={group}>{group}</Tag>
        ))}
      </span>
    ),
  },
  {
    key: "peers",
    get title() {
      return t("user_devices");
    },
    wide: true,
    sort: true,
    cell: (row) => <UserDot user={row} />,
  },
  {
    key: "note",
    get title() {
      return t("user_note");
    },
    wide: true,
    cell: (row) => <span class="muted">{row.note ?? ""}</span>,
  },
];

const by: Record<string, (row: User) => string | number> = {
  name: (row) => row.name.toLowerCase(),
  email: (row) => row.email ?? "",
  peers: (row) => row.peers.total,
};

function sorted(rows: User[], sorting: Sorting): User[] {
  const key = by[sorting.key] ?? by.name;
  if (!key) return rows;
  const up = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return sorting.down ? up.reverse() : up;
}

export function UsersPage() {
  const list = useResource<List<User>>("/users?limit=1000", { on: (event) => /^(user|peer)\./.test(event.kind) });
  const [search, setSearch] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ key: "name", down: false });
  const [adding, setAdding] = useState(false);
  const rows = useMemo(() => {
    const text = search.toLowerCase();
    const found = (list.data?.items ?? []).filter((row) => `${row.name} ${row.email ?? ""} ${row.groups.join(" ")} ${row.note ?? ""}`.toLowerCase().includes(text));
    return sorted(found, sorting);
  }, [list.data, search, sorting]);
  const add = mayHub("operator") && (
    <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
      {t("user_add")}
    </Button>
  );
  return (
    <Page title={t("nav_users")} lead={t("users_lead")} actions={list.data && list.data.items.length > 0 && add}>
      <div class="card">
        {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
        {!list.data && !list.problem && <Waits what={t("waits_users")} />}
        {list.data?.items.length === 0 && (
          <Empty title={t("users_none")} text={t("users_none_text")}>
            {add}
          </Empty>
        )}
        {list.data && list.data.items.length > 0 && (
          <>
            <div class="toolbar">
              <Search value={search} onInput={setSearch} label={t("search_users")} />
            </div>
            <Table label={t("nav_users")} columns={columns} rows={rows} rowKey={(row) => row.id} rowName={(row) => row.name} sorting={sorting} onSort={setSorting} />
            {rows.length === 0 && <Empty level={3} title={t("search_none")} />}
          </>
        )}
      </div>
      {adding && <UserDialog user={null} etag={null} onClose={() => setAdding(false)} onDone={(user) => navigate(pathOf("users", user.id))} />}
    </Page>
  );
}
