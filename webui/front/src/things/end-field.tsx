// SPDX-License-Identifier: GPL-2.0-or-later
// One end of a rule, a check or a question: anyone, a peer, a site, a user's or a group's peers, a network.
import { useMemo } from "preact/hooks";
import { t } from "../lib/i18n";
import type { FieldProblem, Peer } from "../lib/types";
import { ComboField, type Option } from "../ui/combobox";

function unique(values: (string | null)[]): string[] {
  return [...new Set(values.filter((value): value is string => Boolean(value)))].sort();
}

// What may be written, from what there is: the wider ones first.
export function endOptions(peers: Peer[], kind: "rule" | "question"): Option[] {
  const isRule = kind === "rule";
  const of = (names: string[], what: string, word: string) => names.map((name): Option => ({ value: what ? `${what}:${name}` : name, text: name, kind: word }));
  const sites = peers.filter((peer) => peer.type === "site");
  return [
    isRule ? { value: "any", text: t("end_any") } : { value: "internet", text: t("end_internet") },
    ...(isRule ? of(unique(peers.flatMap((peer) => peer.groups)), "group", t("end_group")) : []),
    ...(isRule ? of(unique(peers.map((peer) => peer.user)), "user", t("end_user")) : []),
    ...of(unique(sites.map((peer) => peer.name)), "site", t("end_site")),
    ...of(unique(sites.flatMap((peer) => peer.subnets)), "", t("end_network")),
    ...of(unique(peers.map((peer) => peer.name)), isRule ? "peer" : "", t("end_peer")),
  ];
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
  const options = useMemo(() => endOptions(peers, kind), [peers, kind]);
  return (
    <ComboField
      label={label}
      value={value}
      onInput={onInput}
      wrong={wrong}
      hint={hint}
      onWould={onInput}
      options={options}
      placeholder={t("end_placeholder")}
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
