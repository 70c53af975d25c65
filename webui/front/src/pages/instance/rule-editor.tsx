// SPDX-License-Identifier: GPL-2.0-or-later
import { useState } from "preact/hooks";
import type { Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Action, Peer, Rule } from "../../lib/types";
import { EndField } from "../../things/end-field";
import { EditDialog, patchOf, useEditor } from "../../ui/editor";
import { askedOf, type Flow, FlowFields, Result, tryWith } from "./flow";
import { CheckField, SelectField, TextField } from "../../ui/form";

interface Draft {
  action: Action;
  from: string;
  to: string;
  protocol: Rule["protocol"];
  ports: string;
  both: boolean;
  comment: string;
  position: string;
  expires: string;
}

function draftOf(rule: Rule | null, count: number): Draft {
  return {
    action: rule?.action ?? "allow",
    from: rule?.from ?? "",
    to: rule?.to ?? "",
    protocol: rule?.protocol ?? "any",
    ports: rule?.ports.join(", ") ?? "",
    both: rule?.direction === "both",
    comment: rule?.comment ?? "",
    position: String(rule?.position ?? count + 1),
    expires: rule ? "keep" : "never",
  };
}

export function bodyOf(draft: Draft): Record<string, unknown> {
  const withPorts = draft.protocol === "tcp" || draft.protocol === "udp";
  return {
    action: draft.action,
    from: draft.from.trim(),
    to: draft.to.trim(),
    protocol: draft.protocol,
    ports: withPorts ? draft.ports.split(/[\s,]+/).filter(Boolean) : [],
    direction: draft.both ? "both" : "one",
    comment: draft.comment.trim() || null,
    ...(draft.expires !== "keep" && draft.expires !== "never" && { expires_in: draft.expires }),
    ...(draft.expires === "never" && { expires_in: null }),
  };
}

function requestOf(rules: string, rule: Rule | null, draft: Draft, base: Draft, count: number): Request | null {
  // An end that nobody named is not everybody.
  if (!draft.from.trim() || !draft.to.trim()) return null;
  if (rule) return patchOf(`${rules}/${rule.id}`, bodyOf(base), bodyOf(draft));
  const position = Number(draft.position);
  return { method: "POST", path: rules, body: { ...bodyOf(draft), ...(position >= 1 && position <= count && { position }) } };
}

const tried = ["test_from", "test_to", "test_port", "test_protocol"];
const fields = ["action", "from", "to", "protocol", "ports", "direction", "comment", "position", "expires_in", ...tried];

export function RuleEditor({ instanceId, rule, peers, count, onClose }: { instanceId: string; rule: Rule | null; peers: Peer[]; count: number; onClose: () => void }) {
  const rules = pathOf("instances", instanceId, "firewall");
  const [flow, setFlow] = useState<Flow>(() => askedOf(instanceId));
  const editor = useEditor<Draft, Rule>(
    () => draftOf(rule, count),
    (next, base) => {
      const request = requestOf(rules, rule, next, base, count);
      return request && { ...request, trial: tryWith(flow) };
    },
    { now: rule && draftOf(rule, count), bodyOf },
  );
  const { draft, change, wrong } = editor;
  const withPorts = draft.protocol === "tcp" || draft.protocol === "udp";
  return (
    <EditDialog
      wide
      title={t(rule ? "rule_edit" : "rule_add")}
      verb={t(rule ? "save" : "rule_add")}
      editor={editor}
      fields={fields}
      changes={rule ? editor.judged.plan?.changes : undefined}
      done={(made) => ({ said: t(rule ? "rule_changed" : "rule_added"), ...(!rule && { undo: { method: "DELETE", path: `${rules}/${made.id}` } }), refresh: rules })}
      onClose={onClose}
    >
      <div class="pair">
        <SelectField
          label={t("field_action")}
          value={draft.action}
          onChange={(action) => change({ action })}
          options={[
            ["allow", t("value_allow")],
            ["deny", t("value_deny")],
          ]}
        />
        {!rule && (
          <TextField
            label={t("field_position")}
            hint={t("position_hint", { n: count + 1 })}
            inputMode="numeric"
            value={draft.position}
            onInput={(position) => change({ position })}
            wrong={wrong("position")}
          />
        )}
      </div>
      <div class="pair">
        <EndField kind="rule" label={t("from")} hint={t("end_hint")} value={draft.from} peers={peers} onInput={(from) => change({ from })} wrong={wrong("from")} />
        <EndField kind="rule" label={t("to")} value={draft.to} peers={peers} onInput={(to) => change({ to })} wrong={wrong("to")} />
      </div>
      <div class="pair">
        <SelectField
          label={t("protocol")}
          value={draft.protocol}
          onChange={(protocol) => change({ protocol })}
          wrong={wrong("protocol")}
          options={[
            ["any", t("any_protocol")],
            ["tcp", "TCP"],
            ["udp", "UDP"],
            ["icmp", "ICMP"],
          ]}
        />
        {withPorts && <TextField label={t("field_ports")} hint={t("ports_hint")} optional value={draft.ports} placeholder="443, 8000-8080" onInput={(ports) => change({ ports })} wrong={wrong("ports")} />}
      </div>
      <CheckField label={t("both_ways")} hint={t("both_ways_hint")} checked={draft.both} onChange={(both) => change({ both })} />
      <div class="pair">
        <SelectField
          label={t("rule_expires")}
          value={draft.expires}
          onChange={(expires) => change({ expires })}
          wrong={wrong("expires_in")}
          options={[
            ...(rule ? ([["keep", t("expires_keep")]] as [string, string][]) : []),
            ["never", t("never_expires")],
            ["1h", t("in_hours", { n: 1 })],
            ["12h", t("in_hours", { n: 12 })],
            ["7d", t("in_days", { n: 7 })],
            ["30d", t("in_days", { n: 30 })],
          ]}
        />
        <TextField label={t("field_comment")} optional value={draft.comment} onInput={(comment) => change({ comment })} wrong={wrong("comment")} />
      </div>
      <details class="more" open={flow.from !== ""}>
        <summary>{t("try_title")}</summary>
        <div class="form">
          <p class="second">{t("try_text")}</p>
          {editor.judged.plan?.finding && <Result finding={editor.judged.plan.finding} rules={[]} after={flow} />}
          <FlowFields flow={flow} peers={peers} problem={editor.problem} prefix="test_" onChange={(part) => setFlow({ ...flow, ...part })} />
        </div>
      </details>
    </EditDialog>
  );
}
