// SPDX-License-Identifier: GPL-2.0-or-later
// Rules in the order that they are judged. A rule is moved by its handle: with the mouse or a finger, or with the
// keyboard (Space takes it, arrows move it, Space puts it down, Escape puts it back). What that changes is asked for.
import { useEffect, useRef, useState } from "preact/hooks";
import { formatNumber } from "../../lib/format";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Rule } from "../../lib/types";
import { EndText } from "../../things/end-field";
import { askFor } from "../../ui/ask";
import { Ago, Tag } from "../../ui/bits";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { moved, placeAt, placeByKey } from "./rule-order";
import { deleteRule, enableRule, tryIt } from "./rule-actions";

interface Held {
  id: string;
  from: number;
  to: number;
  byKey: boolean;
}

export function serviceText(rule: Pick<Rule, "protocol" | "ports">): string {
  if (rule.protocol === "any") return t("any_protocol");
  const name = rule.protocol.toUpperCase();
  return rule.ports.length ? `${name} ${rule.ports.join(", ")}` : name;
}

export function ruleText(rule: Rule): string {
  return `${t(rule.action === "allow" ? "value_allow" : "value_deny")} ${rule.from} → ${rule.to}, ${serviceText(rule)}`;
}

// A counter that moved is seen to have moved.
function Hits({ hits }: { hits: number }) {
  const before = useRef(hits);
  const [fresh, setFresh] = useState(false);
  useEffect(() => {
    if (hits === before.current) return undefined;
    before.current = hits;
    setFresh(true);
    const timer = setTimeout(() => setFresh(false), 1500);
    return () => clearTimeout(timer);
  }, [hits]);
  return (
    <span class="hits" data-fresh={fresh} title={t("hits_hint")}>
      {formatNumber(hits)} <span class="muted">{t("hits", { n: hits })}</span>
    </span>
  );
}

function RuleBody({ rule }: { rule: Rule }) {
  return (
    <div class="rule-body">
      <div class="rule-ends">
        <EndText end={rule.from} />
        <span aria-hidden="true" class="muted">
          {rule.direction === "both" ? "⇄" : "→"}
        </span>
        <span class="hidden-text">{t(rule.direction === "both" ? "both_ways" : "changes_to")}</span>
        <EndText end={rule.to} />
      </div>
      <div class="line small muted">
        <span>{serviceText(rule)}</span>
        {rule.expires_at && (
          <span>
            {t("ends")} <Ago time={rule.expires_at} />
          </span>
        )}
        {rule.comment && <span class="rule-comment">{rule.comment}</span>}
      </div>
    </div>
  );
}

async function move(instanceId: string, rules: Rule[], rule: Rule, to: number): Promise<void> {
  const path = pathOf("instances", instanceId, "firewall", rule.id);
  const after = moved(rules, rules.indexOf(rule), to);
  const next = after[to + 1];
  await askFor({
    title: t("rule_move_title", { from: rule.position, to: to + 1 }),
    text: next ? t("rule_move_before", { rule: ruleText(rule), other: ruleText(next) }) : t("rule_move_last", { rule: ruleText(rule) }),
    verb: t("move"),
    only: ["position"],
    ...tryIt(instanceId, { method: "POST", path: `${path}/move`, body: { position: to + 1 } }),
    said: t("rule_moved", { position: to + 1 }),
    undo: { method: "POST", path: `${path}/move`, body: { position: rule.position } },
    refresh: pathOf("instances", instanceId, "firewall"),
  });
}

export function RuleList({ instanceId, rules, onEdit }: { instanceId: string; rules: Rule[]; onEdit: (rule: Rule) => void }) {
  const list = useRef<HTMLOListElement>(null);
  const [held, setHeld] = useState<Held | null>(null);
  const [said, setSaid] = useState("");
  const operator = may("operator");
  const shown = held ? moved(rules, held.from, held.to) : rules;

  const drop = async (at: Held) => {
    const rule = rules[at.from];
    if (rule && at.to !== at.from) {
      await move(instanceId, rules, rule, at.to);
    } else {
      setSaid(t("rule_put_back"));
    }
    setHeld(null);
    list.current?.querySelector<HTMLElement>(`[data-handle="${at.id}"]`)?.focus();
  };

  const onKeyDown = (event: KeyboardEvent, rule: Rule, at: number) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (held?.byKey) {
        void drop(held);
      } else {
        setHeld({ id: rule.id, from: at, to: at, byKey: true });
        setSaid(t("rule_taken", { position: at + 1, n: rules.length }));
      }
      return;
    }
    if (!held?.byKey) return;
    if (event.key === "Escape") {
      event.preventDefault();
      setHeld(null);
      setSaid(t("rule_put_back"));
      return;
    }
    const to = placeByKey(event.key, held.to, rules.length);
    if (to === null) return;
    event.preventDefault();
    setHeld({ ...held, to });
    setSaid(t("rule_at", { position: to + 1, n: rules.length }));
  };

  const onPointerDown = (event: PointerEvent, rule: Rule, at: number) => {
    if (event.button !== 0) return;
    const handle = event.currentTarget as HTMLElement;
    // Measured once: while one moves, the others change places.
    const middles = [...(list.current?.children ?? [])].map((row) => {
      const box = row.getBoundingClientRect();
      return box.top + window.scrollY + box.height / 2;
    });
    let now: Held = { id: rule.id, from: at, to: at, byKey: false };
    handle.setPointerCapture(event.pointerId);
    setHeld(now);
    const onMove = (moving: PointerEvent) => {
      const edge = 60;
      if (moving.clientY < edge) window.scrollBy(0, -12);
      if (moving.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
      const to = placeAt(middles, moving.clientY + window.scrollY, at);
      if (to !== now.to) setHeld((now = { ...now, to }));
    };
    const end = (commit: boolean) => () => {
      handle.removeEventListener("pointermove", onMove);
      handle.removeEventListener("pointerup", onUp);
      handle.removeEventListener("pointercancel", onCancel);
      if (commit) void drop(now);
      else setHeld(null);
    };
    const onUp = end(true);
    const onCancel = end(false);
    handle.addEventListener("pointermove", onMove);
    handle.addEventListener("pointerup", onUp);
    handle.addEventListener("pointercancel", onCancel);
  };

  // The focus stays on the handle while its row changes places.
  useEffect(() => {
    if (held?.byKey) list.current?.querySelector<HTMLElement>(`[data-handle="${held.id}"]`)?.focus();
  }, [held?.to]);

  return (
    <>
      <ol class="rules" ref={list} aria-label={t("rules")}>
        {shown.map((rule, at) => (
          <li key={rule.id} class="rule" data-off={!rule.enabled} data-held={held?.id === rule.id}>
            {operator && (
              <button
                type="button"
                class="rule-handle"
                data-handle={rule.id}
                aria-label={t("rule_handle", { position: at + 1, rule: ruleText(rule) })}
                aria-pressed={held?.id === rule.id && held.byKey}
                title={t("rule_handle_hint")}
                onKeyDown={(event) => onKeyDown(event, rule, at)}
                onPointerDown={(event) => onPointerDown(event, rule, at)}
                onBlur={() => held?.byKey && held.to === held.from && setHeld(null)}
              >
                <Icon name="grip" />
              </button>
            )}
            <span class="rule-number">{at + 1}</span>
            <span class="rule-action">
              <Tag tone={rule.action === "allow" ? "ok" : "bad"}>{t(rule.action === "allow" ? "value_allow" : "value_deny")}</Tag>
            </span>
            <RuleBody rule={rule} />
            <div class="rule-side">
              {!rule.enabled && <Tag>{t(rule.expired ? "peer_expired" : "rule_off")}</Tag>}
              <Hits hits={rule.hits} />
              {operator && (
                <Menu
                  label={t("rule_menu", { position: at + 1 })}
                  items={[
                    { label: t("edit"), icon: "edit", onClick: () => onEdit(rule) },
                    { label: t(rule.enabled ? "disable" : "enable"), icon: "power", onClick: () => void enableRule(instanceId, rule, !rule.enabled) },
                    ...(at > 0 ? [{ label: t("rule_to_top"), icon: "up" as const, onClick: () => void move(instanceId, rules, rule, 0) }] : []),
                    { label: t("delete"), icon: "trash", danger: true, onClick: () => void deleteRule(instanceId, rule) },
                  ]}
                />
              )}
            </div>
          </li>
        ))}
      </ol>
      <div class="hidden-text" role="status" aria-live="assertive">
        {said}
      </div>
    </>
  );
}
