// SPDX-License-Identifier: GPL-2.0-or-later
// What is asked of a new peer, in plain words, and the request that it becomes.
import type { Problem, Request } from "../lib/api";
import { t } from "../lib/i18n";
import { pathOf } from "../lib/router";
import type { PeerType, Protocol } from "../lib/types";
import { UserInput } from "./user-input";
import { Choices, given, ListField, problemsOf, SelectField, TextField } from "../ui/form";

export interface PeerDraft {
  name: string;
  type: PeerType;
  protocol: Protocol;
  login: "certificate" | "password";
  routeAll: boolean;
  subnets: string[];
  user: string;
  groups: string[];
  expires: string; // "" = never
  ownKey: string;
  keepalive: string;
}

export const emptyPeer: PeerDraft = {
  name: "",
  type: "client",
  protocol: "wireguard",
  login: "certificate",
  routeAll: false,
  subnets: [],
  user: "",
  groups: [],
  expires: "",
  ownKey: "",
  keepalive: "",
};

export function peerBody(draft: PeerDraft): Record<string, unknown> {
  const subnets = given(draft.subnets);
  const groups = given(draft.groups);
  const site = draft.type === "site";
  return {
    name: draft.name.trim(),
    type: draft.type,
    protocol: draft.protocol,
    ...(draft.protocol === "openvpn" && site && { login: draft.login }),
    ...(!site && { route_all: draft.routeAll }),
    ...(site && { subnets }),
    ...(draft.user.trim() && { user: draft.user.trim() }),
    ...(groups.length > 0 && { groups }),
    ...(draft.expires.trim() && { expires_in: draft.expires.trim() }),
    ...(draft.protocol === "wireguard" && draft.ownKey.trim() && { public_key: draft.ownKey.trim() }),
    ...(draft.keepalive.trim() && { keepalive: Number(draft.keepalive) }),
  };
}

export function peerRequest(instance: string, draft: PeerDraft): Request | null {
  if (!draft.name.trim()) return null;
  return { method: "POST", path: pathOf("instances", instance, "peers"), body: peerBody(draft) };
}

// Those that the form shows complaints about, each at its field.
export const peerFields = ["name", "subnets", "user", "groups", "expires_in", "public_key", "keepalive"];

interface Props {
  draft: PeerDraft;
  onChange: (part: Partial<PeerDraft>) => void;
  problem: Problem | null;
}

export function PeerTypeField({ draft, onChange }: Props) {
  return (
    <Choices
      label={t("peer_what")}
      value={draft.type}
      onChange={(type) => onChange({ type })}
      choices={[
        { value: "client", title: t("type_client_choice"), text: t("type_client_text"), icon: "laptop" },
        { value: "site", title: t("type_site"), text: t("type_site_text"), icon: "router" },
      ]}
    />
  );
}

export function PeerNameField({ draft, onChange, problem, autofocus }: Props & { autofocus?: boolean }) {
  return (
    <TextField
      label={t("name")}
      hint={draft.type === "client" ? t("peer_name_hint_client") : t("peer_name_hint_site")}
      value={draft.name}
      required
      autofocus={autofocus}
      wrong={draft.name ? problemsOf(problem, "name") : []}
      onInput={(name) => onChange({ name })}
      onWould={(name) => onChange({ name })}
    />
  );
}

export function SubnetsField({ draft, onChange, problem }: Props) {
  return (
    <ListField
      field="subnets"
      label={t("field_subnets")}
      hint={t("subnets_hint")}
      values={draft.subnets}
      onChange={(subnets) => onChange({ subnets })}
      wrong={problemsOf(problem, "subnets")}
      placeholder="192.168.1.0/24"
      itemName={t("network")}
      addLabel={t("add_network")}
    />
  );
}

export function TunnelField({ draft, onChange }: Props) {
  return (
    <Choices
      label={t("tunnel_what")}
      value={draft.routeAll ? "full" : "split"}
      onChange={(value) => onChange({ routeAll: value === "full" })}
      choices={[
        { value: "split", title: t("tunnel_split"), text: t("tunnel_split_text") },
        { value: "full", title: t("tunnel_full"), text: t("tunnel_full_text") },
      ]}
    />
  );
}

export function ProtocolField({ draft, onChange }: Props) {
  return (
    <>
      <Choices
        label={t("protocol_what")}
        value={draft.protocol}
        onChange={(protocol) => onChange({ protocol })}
        choices={[
          { value: "wireguard", title: "WireGuard", text: t("protocol_wireguard_text") },
          { value: "openvpn", title: "OpenVPN", text: t("protocol_openvpn_text") },
        ]}
      />
      {draft.protocol === "openvpn" && draft.type === "site" && (
        <SelectField
          label={t("field_login")}
          hint={t("login_hint")}
          value={draft.login}
          onChange={(login) => onChange({ login })}
          options={[
            ["certificate", t("login_certificate")],
            ["password", t("login_password")],
          ]}
        />
      )}
    </>
  );
}

const spans = ["", "12h", "1d", "7d", "30d", "90d", "365d"];

export function ExpiryField({ value, onChange, wrong }: { value: string; onChange: (value: string) => void; wrong?: Parameters<typeof TextField>[0]["wrong"] }) {
  const names: Record<string, string> = {
    "": t("never_expires"),
    "12h": t("in_hours", { n: 12 }),
    "1d": t("in_days", { n: 1 }),
    "7d": t("in_days", { n: 7 }),
    "30d": t("in_days", { n: 30 }),
    "90d": t("in_days", { n: 90 }),
    "365d": t("in_days", { n: 365 }),
  };
  return (
    <SelectField
      label={t("expires")}
      hint={t("expires_hint")}
      value={value}
      onChange={onChange}
      wrong={wrong}
      options={spans.map((span): [string, string] => [span, names[span] ?? span])}
    />
  );
}

export function MorePeerFields({ draft, onChange, problem }: Props) {
  return (
    <details class="more">
      <summary>{t("more_options")}</summary>
      <div class="form">
        <UserInput value={draft.user} onInput={(user) => onChange({ user })} wrong={problemsOf(problem, "user")} />
        <ListField
          field="groups"
          label={t("field_groups")}
          hint={t("groups_hint")}
          optional
          mono={false}
          values={draft.groups}
          onChange={(groups) => onChange({ groups })}
          wrong={problemsOf(problem, "groups")}
          itemName={t("group")}
          addLabel={t("add_group")}
        />
        {draft.protocol === "wireguard" && (
          <TextField
            label={t("own_key")}
            hint={t("own_key_hint")}
            optional
            mono
            value={draft.ownKey}
            onInput={(ownKey) => onChange({ ownKey })}
            wrong={problemsOf(problem, "public_key")}
          />
        )}
        <TextField
          label={t("field_keepalive")}
          hint={t("keepalive_hint")}
          optional
          narrow
          inputMode="numeric"
          value={draft.keepalive}
          onInput={(keepalive) => onChange({ keepalive })}
          wrong={problemsOf(problem, "keepalive")}
        />
      </div>
    </details>
  );
}

