// SPDX-License-Identifier: GPL-2.0-or-later
// A flow (people call it a connection) that the rules are asked about: as they are, and as they would be after a change that is not done yet.
import type { Problem, Query } from "../../lib/api";
import { t, tMaybe } from "../../lib/i18n";
import { makeStore } from "../../lib/store";
import type { Finding, Peer, Rule } from "../../lib/types";
import { EndField } from "../../things/end-field";
import { Note } from "../../ui/bits";
import { problemsOf, SelectField, TextField } from "../../ui/form";
import { ruleText } from "./rule-list";

export interface Flow {
  from: string;
  to: string;
  port: string;
  protocol: string;
}

export const noFlow: Flow = { from: "", to: "", port: "", protocol: "" };

// The one that was asked about last, with its instance: changes of rules are tried with it.
export const asked = makeStore<{ instance: string; flow: Flow } | null>(null);

export function askedOf(instance: string): Flow {
  const last = asked.get();
  return last?.instance === instance ? last.flow : noFlow;
}

// For a dry run; nothing where no flow is whole.
export function tryWith({ from, to, port, protocol }: Flow): Query | undefined {
  return from.trim() && to.trim() ? { test_from: from.trim(), test_to: to.trim(), test_port: port, test_protocol: protocol } : undefined;
}

function reasonText(finding: Finding, rules: Rule[]): string {
  const rule = rules.find((each) => each.id === finding.rule);
  if (finding.reason === "rule") return rule ? t("by_rule_text", { position: finding.position ?? 0, rule: ruleText(rule) }) : t("by_rule", { position: finding.position ?? 0 });
  return tMaybe(`reason_${finding.reason}`, finding.reason);
}

const tones = { allow: "ok", deny: "bad", mixed: "warn" } as const;

// `after`: of what would be, for this flow.
export function Result({ finding, rules, after }: { finding: Finding; rules: Rule[]; after?: Flow }) {
  return (
    <Note tone={tones[finding.action]} live>
      {after && <>{t("tried", { from: after.from, to: after.to })} </>}
      <strong>{t(`finding_${finding.action}`)}</strong> {reasonText(finding, rules)}
      {finding.action === "mixed" && <> {t("finding_pairs", { allowed: finding.allowed, denied: finding.denied })}</>}
    </Note>
  );
}

interface FlowFieldsProps {
  flow: Flow;
  peers: Peer[];
  problem: Problem | null;
  prefix?: string; // of the fields' names in a problem
  onChange: (part: Partial<Flow>) => void;
}

export function ProtocolField({ value, onChange }: { value: string; onChange: (protocol: string) => void }) {
  return (
    <SelectField
      label={t("protocol")}
      value={value}
      onChange={onChange}
      options={[
        ["", t("protocol_usual")],
        ["tcp", "TCP"],
        ["udp", "UDP"],
        ["icmp", "ICMP"],
      ]}
    />
  );
}

export function FlowFields({ flow, peers, problem, prefix = "", onChange }: FlowFieldsProps) {
  const wrong = (name: string) => problemsOf(problem, prefix + name);
  return (
    <>
      <div class={prefix ? "pair" : "form"}>
        <EndField kind="question" label={t("from")} value={flow.from} peers={peers} onInput={(from) => onChange({ from })} wrong={wrong("from")} />
        <EndField kind="question" label={t("to")} value={flow.to} peers={peers} onInput={(to) => onChange({ to })} wrong={wrong("to")} />
      </div>
      <div class="pair">
        <TextField label={t("port")} optional inputMode="numeric" value={flow.port} onInput={(port) => onChange({ port })} wrong={wrong("port")} />
        <ProtocolField value={flow.protocol} onChange={(protocol) => onChange({ protocol })} />
      </div>
    </>
  );
}
