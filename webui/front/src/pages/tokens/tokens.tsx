// SPDX-License-Identifier: GPL-2.0-or-later
// What programs show to use the API: one's own; for an owner everybody's.
import { useMemo, useState } from "preact/hooks";
import { freshly } from "../../lib/again";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { sessionOf, standing } from "../../lib/session";
import type { Instance, Page as List, Token } from "../../lib/types";
import { Page } from "../../shell/page";
import { reachText, useInstances } from "../../things/reach";
import { askFor } from "../../ui/ask";
import { Ago, Dot, Empty, ProblemNote, Waits } from "../../ui/bits";
import { Button, IconButton } from "../../ui/button";
import { type Column, Table } from "../../ui/table";
import { TokenDialog } from "./token-dialog";

function isOver(token: Token): boolean {
  return token.expires_at !== null && new Date(token.expires_at).getTime() <= Date.now();
}

function deleteToken(token: Token) {
  return askFor<Token>({
    title: t("delete_title", { name: token.name }),
    text: t("token_delete_text"),
    verb: t("delete"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("tokens", token.id) },
    said: t("deleted_said", { name: token.name }),
    refresh: "/tokens",
  });
}

function Ends({ token }: { token: Token }) {
  if (isOver(token)) return <Dot tone="bad">{t("peer_expired")}</Dot>;
  return <Ago time={token.expires_at} />;
}

function columnsOf(instances: Instance[] | undefined, withAdmin: boolean): Column<Token>[] {
  const rights = (row: Token) => `${t(`role_${row.role}`)} · ${reachText(row.instances, instances)}`;
  const columns: (Column<Token> | false)[] = [
    {
      key: "name",
      title: t("name"),
      cell: (row) => (
        <div class="cell">
          <strong class="break">{row.name}</strong>
          <span class="row-sub">
            {rights(row)} · {t("last_used")} <Ago time={row.last_used_at} />
          </span>
        </div>
      ),
    },
    withAdmin && { key: "admin", title: t("admin"), wide: true, cell: (row) => row.admin ?? row.admin_id },
    { key: "rights", title: t("rights"), wide: true, cell: rights },
    {
      key: "used",
      title: t("token_last_used"),
      wide: true,
      cell: (row) => (
        <>
          <Ago time={row.last_used_at} /> {row.last_used_from && <span class="muted small">{row.last_used_from}</span>}
        </>
      ),
    },
    { key: "sources", title: t("token_sources"), wide: true, cell: (row) => (row.sources.length > 0 ? <code>{row.sources.join(", ")}</code> : <span class="muted">{t("token_anywhere")}</span>) },
    { key: "ends", title: t("expires"), cell: (row) => <Ends token={row} /> },
    { key: "delete", title: t("delete"), plain: true, number: true, width: "60px", cell: (row) => <IconButton small icon="trash" label={t("delete_what", { what: row.name })} onClick={() => void deleteToken(row)} /> },
  ];
  return columns.filter((column): column is Column<Token> => column !== false);
}

export function TokensPage() {
  const list = useResource<List<Token>>("/tokens", { on: (event) => event.kind.startsWith("token.") || event.kind.startsWith("admin."), every: 15000 });
  const instances = useInstances();
  const [adding, setAdding] = useState(false);
  const mine = sessionOf(standing.get())?.admin?.id;
  const items = list.data?.items ?? [];
  const others = items.some((token) => token.admin_id !== mine);
  const columns = useMemo(() => columnsOf(instances, others), [instances, others]);
  const add = (
    <Button
      kind="main"
      icon="plus"
      onClick={() =>
        void freshly().then((fresh) => {
          if (fresh) setAdding(true);
        })
      }
    >
      {t("token_add")}
    </Button>
  );
  return (
    <Page title={t("nav_tokens")} lead={t("tokens_lead")} actions={items.length > 0 && add}>
      <div class="card">
        {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
        {!list.data && !list.problem && <Waits what={t("waits_tokens")} />}
        {list.data && items.length === 0 && (
          <Empty title={t("tokens_none")} text={t("tokens_none_text")}>
            {add}
          </Empty>
        )}
        {items.length > 0 && <Table label={t("nav_tokens")} columns={columns} rows={items} rowKey={(row) => row.id} rowName={(row) => row.name} />}
      </div>
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}
