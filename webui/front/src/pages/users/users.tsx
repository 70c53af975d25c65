// SPDX-License-Identifier: GPL-2.0-or-later
import { useState } from "preact/hooks";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { navigate, pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import type { Page as List, User } from "../../lib/types";
import { ListPage } from "../../things/list-page";
import { UserDialog } from "../../things/user-fields";
import { Dot, Tag } from "../../ui/bits";
import { Button } from "../../ui/button";
import type { Column } from "../../ui/table";

export function UserDot({ user }: { user: User }) {
  if (!user.enabled) return <Dot tone="bad">{t("user_disabled")}</Dot>;
  if (user.peers.total === 0) return <span class="muted">{t("user_devices_none")}</span>;
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
  email: (row) => row.email ?? "",
  peers: (row) => row.peers.total,
};

export function UsersPage() {
  const list = useResource<List<User>>("/users?limit=1000", { on: (event) => /^(user|peer)\./.test(event.kind) });
  const [adding, setAdding] = useState(false);
  return (
    <ListPage
      title={t("nav_users")}
      lead={t("users_lead")}
      waits={t("waits_users")}
      none={{ title: t("users_none"), text: t("users_none_text") }}
      search={t("search_users")}
      list={list}
      columns={columns}
      textOf={(row) => `${row.name} ${row.email ?? ""} ${row.groups.join(" ")} ${row.note ?? ""}`}
      by={by}
      add={
        mayHub("operator") && (
          <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
            {t("user_add")}
          </Button>
        )
      }
    >
      {adding && <UserDialog user={null} etag={null} onClose={() => setAdding(false)} onDone={(user) => navigate(pathOf("users", user.id))} />}
    </ListPage>
  );
}
