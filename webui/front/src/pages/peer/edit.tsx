// SPDX-License-Identifier: GPL-2.0-or-later
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Peer } from "../../lib/types";
import { UserInput } from "../../things/user-input";
import { EditDialog, useChangeEditor } from "../../ui/editor";
import { CheckField, given, ListField, SelectField, TextField } from "../../ui/form";

interface Draft {
  name: string;
  subnets: string[];
  user: string;
  groups: string[];
  routeAll: boolean;
  keepalive: string;
  expires: string; // "keep": as it is
}

// As they are written: real=mapped where they are mapped.
function writtenSubnets(peer: Peer): string[] {
  return peer.subnets.map((subnet) => {
    const mapped = peer.mapped.find((each) => each.mapped === subnet);
    return mapped ? `${mapped.real}=${mapped.mapped}` : subnet;
  });
}

function draftOf(peer: Peer): Draft {
  return {
    name: peer.name,
    subnets: writtenSubnets(peer),
    user: peer.user ?? "",
    groups: peer.groups,
    routeAll: peer.route_all,
    keepalive: String(peer.keepalive),
    expires: "keep",
  };
}

function bodyOf(peer: Peer, draft: Draft): Record<string, unknown> {
  return {
    name: draft.name.trim(),
    ...(peer.type === "site" ? { subnets: given(draft.subnets) } : { route_all: draft.routeAll }),
    user: draft.user.trim() || null,
    groups: given(draft.groups),
    keepalive: Number(draft.keepalive) || 0,
    ...(draft.expires !== "keep" && { expires_in: draft.expires === "never" ? null : draft.expires }),
  };
}

const fields = ["name", "subnets", "user", "groups", "route_all", "keepalive", "expires_in"];

export function PeerEdit({ peer, etag, onClose }: { peer: Peer; etag: string | null; onClose: () => void }) {
  const editor = useChangeEditor<Draft, Peer>(pathOf("instances", peer.instance_id, "peers", peer.id), { now: draftOf(peer), etag, bodyOf: (draft) => bodyOf(peer, draft) });
  const { draft, change, wrong } = editor;
  return (
    <EditDialog
      title={t("edit_title", { name: peer.name })}
      verb={t("save")}
      editor={editor}
      fields={fields}
      changes={editor.judged.plan?.changes}
      done={({ name }) => ({
        said: t("peer_changed", { name }),
        refresh: pathOf("instances", peer.instance_id),
      })}
      onClose={onClose}
    >
      <TextField label={t("name")} value={draft.name} onInput={(name) => change({ name })} wrong={wrong("name")} onWould={(name) => change({ name })} />
      {peer.type === "site" ? (
        <ListField field="subnets" label={t("field_subnets")} hint={t("subnets_hint")} values={draft.subnets} onChange={(subnets) => change({ subnets })} wrong={wrong("subnets")} itemName={t("network")} addLabel={t("add_network")} />
      ) : (
        <CheckField label={t("field_route_all")} hint={t("tunnel_full_text")} checked={draft.routeAll} onChange={(routeAll) => change({ routeAll })} />
      )}
      <UserInput value={draft.user} onInput={(user) => change({ user })} wrong={wrong("user")} />
      <ListField field="groups" label={t("field_groups")} optional mono={false} values={draft.groups} onChange={(groups) => change({ groups })} wrong={wrong("groups")} itemName={t("group")} addLabel={t("add_group")} />
      <SelectField
        label={t("expires")}
        value={draft.expires}
        onChange={(expires) => change({ expires })}
        wrong={wrong("expires_in")}
        options={[
          ["keep", t("expires_keep")],
          ["never", t("never_expires")],
          ["12h", t("in_hours", { n: 12 })],
          ["7d", t("in_days", { n: 7 })],
          ["30d", t("in_days", { n: 30 })],
          ["90d", t("in_days", { n: 90 })],
          ["365d", t("in_days", { n: 365 })],
        ]}
      />
      <TextField label={t("field_keepalive")} narrow inputMode="numeric" value={draft.keepalive} onInput={(keepalive) => change({ keepalive })} wrong={wrong("keepalive")} />
    </EditDialog>
  );
}
