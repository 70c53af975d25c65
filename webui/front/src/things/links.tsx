// SPDX-License-Identifier: GPL-2.0-or-later
// One-time links of a peer: made, copied once, deleted.
import { useState } from "preact/hooks";
import { queryText, type Request } from "../lib/api";
import { formatAgo } from "../lib/format";
import { t, tMaybe } from "../lib/i18n";
import { reloadBelow, useResource } from "../lib/resource";
import { pathOf } from "../lib/router";
import { may } from "../lib/session";
import type { OneTimeLink, Page, Peer } from "../lib/types";
import { askFor } from "../ui/ask";
import { Card, Code, Dot, Note, ProblemNote } from "../ui/bits";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { EditDialog, useEditor } from "../ui/editor";
import { SelectField, TextField } from "../ui/form";

const spans: [string, number][] = [
  ["1d", 1],
  ["3d", 3],
  ["7d", 7],
  ["30d", 30],
];

interface Draft {
  lasts: string;
  uses: string;
  pin: string;
}

function requestOf(peer: Peer, draft: Draft): Request {
  return {
    method: "POST",
    path: pathOf("instances", peer.instance_id, "peers", peer.id, "links"),
    body: { expires_in: draft.lasts, uses: Number(draft.uses), ...(draft.pin.trim() && { pin: draft.pin.trim() }) },
  };
}

function Made({ link, onClose }: { link: OneTimeLink; onClose: () => void }) {
  return (
    <Dialog
      shownOnce
      title={t("link_url")}
      onClose={onClose}
      foot={
        <Button kind="main" onClick={onClose}>
          {t("link_done")}
        </Button>
      }
    >
      <Note tone="ok">{t("link_made")}</Note>
      <Code wrap text={link.url ?? ""} what={t("link_url")} />
    </Dialog>
  );
}

export function LinkDialog({ peer, onClose }: { peer: Peer; onClose: () => void }) {
  const [made, setMade] = useState<OneTimeLink | null>(null);
  const editor = useEditor<Draft, OneTimeLink>({ lasts: "7d", uses: "3", pin: "" }, (draft) => (made ? null : requestOf(peer, draft)));
  const { draft, change, wrong } = editor;
  if (made) return <Made key="made" link={made} onClose={onClose} />;
  return (
    <EditDialog
      key="make"
      title={t("link_make_title", { name: peer.name })}
      verb={t("link_make")}
      editor={editor}
      fields={["expires_in", "uses", "pin"]}
      onClose={onClose}
      onMade={(link) => {
        setMade(link);
        reloadBelow("/links");
      }}
    >
      <SelectField label={t("link_lasts")} value={draft.lasts} onChange={(lasts) => change({ lasts })} wrong={wrong("expires_in")} options={spans.map(([span, days]): [string, string] => [span, t("n_days", { n: days })])} />
      <SelectField label={t("link_uses")} hint={t("link_uses_hint")} value={draft.uses} onChange={(uses) => change({ uses })} wrong={wrong("uses")} options={["1", "2", "3", "5", "10"].map((each): [string, string] => [each, each])} />
      <TextField label={t("link_pin")} hint={t("link_pin_hint")} optional narrow value={draft.pin} onInput={(pin) => change({ pin })} wrong={wrong("pin")} />
    </EditDialog>
  );
}

function deleteLink(link: OneTimeLink) {
  return askFor<OneTimeLink>({
    title: t("link_delete_title"),
    text: t("link_delete_text"),
    verb: t("delete"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("links", link.id) },
    said: t("link_deleted"),
    refresh: "/links",
  });
}

function stateText(link: OneTimeLink): string {
  return tMaybe(`link_state_${link.state.replaceAll("-", "_")}`, link.state);
}

function LinkRow({ link }: { link: OneTimeLink }) {
  const parts = [
    link.state === "open" ? `${t("ends")} ${formatAgo(link.expires_at)}` : null,
    t("link_left", { left: link.uses_left, n: link.uses }),
    link.pin ? t("link_with_pin") : null,
    link.direct ? t("link_in_qr") : null,
    link.opened_at ? `${t("link_opened_at")} ${formatAgo(link.opened_at)}` : null,
    link.made_by,
  ];
  return (
    <li>
      <div class="grow">
        <Dot tone={link.state === "open" ? "ok" : "off"}>{stateText(link)}</Dot>
        <p class="muted small break">{parts.filter(Boolean).join(" · ")}</p>
      </div>
      {may("operator") && <IconButton small icon="trash" label={t("delete")} onClick={() => void deleteLink(link)} />}
    </li>
  );
}

export function LinksCard({ peer }: { peer: Peer }) {
  const list = useResource<Page<OneTimeLink>>(`/links${queryText({ instance: peer.instance_id, peer: peer.id })}`, {
    on: (event) => event.kind.startsWith("link.") || event.peer_id === peer.id,
  });
  const [making, setMaking] = useState(false);
  const items = list.data?.items ?? [];
  const make = may("operator") && (
    <Button small icon="link" onClick={() => setMaking(true)}>
      {t("link_make")}
    </Button>
  );
  return (
    <Card title={t("links")} actions={make} bare>
      {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
      {items.length === 0 && <p class="card-body second">{t("links_text")}</p>}
      {items.length > 0 && (
        <ul class="rows">
          {items.map((link) => (
            <LinkRow key={link.id} link={link} />
          ))}
        </ul>
      )}
      {making && <LinkDialog peer={peer} onClose={() => setMaking(false)} />}
    </Card>
  );
}
