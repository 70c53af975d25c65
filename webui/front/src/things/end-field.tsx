// SPDX-License-Identifier: GPL-2.0-or-later
// One end of a rule, a check or a question: anyone, a peer, a site, a user's or a group's peers, a network.
import { t } from "../lib/i18n";
import type { FieldProblem, Peer } from "../lib/types";
import { TextField } from "../ui/form";

function unique(values: (string | null)[]): string[] {
  return [...new Set(values.filter((value): value is string => Boolean(value)))].sort();
}

// What may be written, from what there is. Suggestions stay few: a list of 10,000 helps nobody.
export function endSuggestions(peers: Peer[], kind: "rule" | "question"): string[] {
  const some = peers.slice(0, 500);
  const sites = some.filter((peer) => peer.type === "site");
  const all = [
    ...(kind === "rule" ? ["any"] : ["internet"]),
    ...sites.map((peer) => `site:${peer.name}`),
    ...unique(some.flatMap((peer) => peer.groups)).map((group) => `group:${group}`),
    ...unique(some.map((peer) => peer.user)).map((user) => `user:${user}`),
    ...some.map((peer) => (kind === "rule" ? `peer:${peer.name}` : peer.name)),
    ...sites.flatMap((peer) => peer.subnets),
  ];
  return kind === "rule" ? all : all.filter((text) => !/^(group|user):/.test(text));
}

export function EndField({
  label,
  value,
  onInput,
  peers,
  kind,
  wrong,
  hint,
  autofocus,
}: {
  label: string;
  value: string;
  onInput: (value: string) => void;
  peers: Peer[];
  kind: "rule" | "question";
  wrong?: FieldProblem[];
  hint?: string;
  autofocus?: boolean;
}) {
  return (
    <TextField
      label={label}
      value={value}
      onInput={onInput}
      wrong={wrong}
      hint={hint}
      onWould={onInput}
      suggestions={endSuggestions(peers, kind)}
      placeholder={kind === "rule" ? t("end_placeholder_rule") : t("end_placeholder")}
      autofocus={autofocus}
    />
  );
}

// "group:staff" as a person says it.
export function EndText({ end }: { end: string }) {
  const at = end.indexOf(":");
  const kind = at > 0 && !end.includes("/") ? end.slice(0, at) : "";
  const words: Record<string, string> = { peer: t("end_peer"), site: t("end_site"), user: t("end_user"), group: t("end_group") };
  const word = words[kind];
  if (end === "any") return <span>{t("end_any")}</span>;
  if (!word) return <code>{end}</code>;
  return (
    <span>
      <span class="muted small">{word}</span> {end.slice(at + 1)}
    </span>
  );
}
