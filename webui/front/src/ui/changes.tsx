// SPDX-License-Identifier: GPL-2.0-or-later
// What a change does, as the dry run answers it: names in plain words, before and after.
import type { ComponentChildren } from "preact";
import { formatTime } from "../lib/format";
import { t, tMaybe } from "../lib/i18n";
import type { Change } from "../lib/types";

export function fieldName(field: string): string {
  return tMaybe(`field_${field}`, field.replaceAll("_", " "));
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("value_none");
  if (value === true) return t("yes");
  if (value === false) return t("no");
  if (Array.isArray(value)) return value.length ? value.map(valueText).join(", ") : t("value_none");
  if (typeof value === "string") return isTime.test(value) ? formatTime(value) : tMaybe(`value_${value}`, value);
  if (typeof value === "object") {
    // A peer of a user, wherever it is.
    const { name, instance } = value as { name?: unknown; instance?: unknown };
    if (typeof name === "string" && typeof instance === "string") return `${name} (${instance})`;
    const parts = Object.entries(value).filter(([, inner]) => inner !== null);
    return parts.map(([name, inner]) => `${fieldName(name)} ${valueText(inner)}`).join(", ") || t("value_none");
  }
  return String(value);
}

// In a line.
export function changeText({ field, before, after }: Change): string {
  return `${fieldName(field)}: ${valueText(before)} → ${valueText(after)}`;
}

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="changes-row">
      <dt class="changes-name">{name}</dt>
      <dd class="changes-values">{children}</dd>
    </div>
  );
}

export function Changes({ changes, isNew }: { changes: Change[]; isNew?: boolean }) {
  if (changes.length === 0) return <p class="muted">{t("changes_none")}</p>;
  return (
    <dl class="changes">
      {changes.map((change) => (
        <Row key={change.field} name={fieldName(change.field)}>
          {!isNew && (
            <>
              <span class="changes-before">{valueText(change.before)}</span>
              <span aria-hidden="true">→</span>
              <span class="hidden-text">{t("changes_to")}</span>
            </>
          )}
          <span class="changes-after">{valueText(change.after)}</span>
        </Row>
      ))}
    </dl>
  );
}
