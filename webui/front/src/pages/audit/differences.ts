// SPDX-License-Identifier: GPL-2.0-or-later
import type { AuditEntry, Change } from "../../lib/types";

const ofTheRow = new Set(["updated_at", "created_at"]);

// What an entry changed; of a new or a deleted object all that it has.
export function differencesOf(entry: Pick<AuditEntry, "before" | "after">): Change[] {
  const before = entry.before ?? {};
  const after = entry.after ?? {};
  const fields = [...new Set([...Object.keys(after), ...Object.keys(before)])].filter((field) => !ofTheRow.has(field));
  return fields
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}

// A cell that a spreadsheet neither takes apart nor calculates.
export function csvCell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === "string" ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(entries: AuditEntry[]): string {
  const head = ["number", "at", "who", "from", "action", "object", "name", "before", "after", "hash"];
  const lines = entries.map((entry) =>
    [
      entry.number,
      entry.at,
      entry.who,
      entry.from,
      entry.action,
      entry.object,
      entry.name,
      entry.before ? JSON.stringify(entry.before) : "",
      entry.after ? JSON.stringify(entry.after) : "",
      entry.hash,
    ]
      .map(csvCell)
      .join(","),
  );
  return `${[head.join(","), ...lines].join("\r\n")}\r\n`;
}
