// SPDX-License-Identifier: GPL-2.0-or-later
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Action, Peer, Rule } from "../../lib/types";
import { EndField } from "../../things/end-field";
import { FailingChecks, sayDone } from "../../ui/ask";
import { ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Changes } from "../../ui/changes";
import { Dialog } from "../../ui/dialog";
import { CheckField, hasOther, problemsOf, SelectField, TextField, useDryRun } from "../../ui/form";
import { differing } from "./patch-form";

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
    from: rule?.from ?? "any",
    to: rule?.to ?? "any",
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
    from: draft.from.trim() || "any",
    to: draft.to.trim() || "any",
    protocol: draft.protocol,
    ports: withPorts ? draft.ports.split(/[\s,]+/).filter(Boolean) : [],
    direction: draft.both ? "both" : "one",
    comment: draft.comment.trim() || null,
    ...(draft.expires !== "keep" && draft.expires !== "never" && { expires_in: draft.expires }),
    ...(draft.expires === "never" && { expires_in: null }),
  };
}

function requestOf(instanceId: string, rule: Rule | null, draft: Draft, count: number): Request | null {
  const rules = pathOf("instances", instanceId, "firewall");
  if (!rule) {
    const position = Number(draft.position);
    return { method: "POST", path: rules, body: { ...bodyOf(draft), ...(position >= 1 && position <= count && { position }) } };
  }
  const body = differing(bodyOf(draftOf(rule, count)), bodyOf(draft));
  return Object.keys(body).length > 0 ? { method: "PATCH", path: `${rules}/${rule.id}`, body } : null;
}

const fields = ["action", "from", "to", "protocol", "ports", "direction", "comment", "position", "expires_in"];

export function RuleEditor({ instanceId, rule, peers, count, onClose }: { instanceId: string; rule: Rule | null; peers: Peer[]; count: number; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(rule, count));
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const request = requestOf(instanceId, rule, draft, count);
  const judged = useDryRun<Rule>(request);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const change = (part: Partial<Draft>) => {
    setRefused(null);
    key.current = makeKey();
    setDraft({ ...draft, ...part });
  };
  const save = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const answer = await ask<Rule>({ ...request, force, key: key.current });
      const rules = pathOf("instances", instanceId, "firewall");
      onClose();
      sayDone(
        {
          said: t(rule ? "rule_changed" : "rule_added"),
          refresh: rules,
          undo: (made: Rule) =>
            !rule
              ? { method: "DELETE", path: `${rules}/${made.id}` }
              : "expires_in" in (request.body as object)
                ? null
                : { method: "PATCH", path: request.path, body: Object.fromEntries(Object.entries(bodyOf(draftOf(rule, count))).filter(([name]) => name in (request.body as object))) },
        },
        answer.body,
      );
    } catch (error) {
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  const withPorts = draft.protocol === "tcp" || draft.protocol === "udp";
  return (
    <Dialog
      wide
      title={t(rule ? "rule_edit" : "rule_add")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={force ? "danger" : "main"} disabled={!request || (!judged.plan && !force)} busy={busy} onClick={() => void save()}>
            {force ? t("all_the_same", { verb: t("save") }) : t(rule ? "save" : "rule_add")}
          </Button>
        </>
      }
    >
      <div class="form">
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
              wrong={problemsOf(problem, "position")}
            />
          )}
        </div>
        <div class="pair">
          <EndField kind="rule" label={t("from")} hint={t("end_hint")} value={draft.from} peers={peers} onInput={(from) => change({ from })} wrong={problemsOf(problem, "from")} />
          <EndField kind="rule" label={t("to")} value={draft.to} peers={peers} onInput={(to) => change({ to })} wrong={problemsOf(problem, "to")} />
        </div>
        <div class="pair">
          <SelectField
            label={t("protocol")}
            value={draft.protocol}
            onChange={(protocol) => change({ protocol })}
            wrong={problemsOf(problem, "protocol")}
            options={[
              ["any", t("any_protocol")],
              ["tcp", "TCP"],
              ["udp", "UDP"],
              ["icmp", "ICMP"],
            ]}
          />
          {withPorts && <TextField label={t("field_ports")} hint={t("ports_hint")} optional value={draft.ports} placeholder="443, 8000-8080" onInput={(ports) => change({ ports })} wrong={problemsOf(problem, "ports")} />}
        </div>
        <CheckField label={t("both_ways")} hint={t("both_ways_hint")} checked={draft.both} onChange={(both) => change({ both })} />
        <div class="pair">
          <SelectField
            label={t("rule_expires")}
            value={draft.expires}
            onChange={(expires) => change({ expires })}
            wrong={problemsOf(problem, "expires_in")}
            options={[
              ...(rule ? ([["keep", t("expires_keep")]] as [string, string][]) : []),
              ["never", t("never_expires")],
              ["1h", t("in_hours", { n: 1 })],
              ["12h", t("in_hours", { n: 12 })],
              ["7d", t("in_days", { n: 7 })],
              ["30d", t("in_days", { n: 30 })],
            ]}
          />
          <TextField label={t("field_comment")} optional value={draft.comment} onInput={(comment) => change({ comment })} wrong={problemsOf(problem, "comment")} />
        </div>
        {problem && force && <FailingChecks problem={problem} />}
        {problem && hasOther(problem, fields) && <ProblemNote problem={problem} />}
        {rule && request && judged.plan && (
          <div class="stack-s">
            <h3>{t("changes_title")}</h3>
            <Changes changes={judged.plan.changes} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
