// SPDX-License-Identifier: GPL-2.0-or-later
// Who did what, before and after side by side, and whether the record is whole.
import { useEffect, useMemo, useState } from "preact/hooks";
import { ask, asProblem, get, getAll, type Problem } from "../../lib/api";
import { saveFile } from "../../lib/file";
import { formatTime } from "../../lib/format";
import { t, tMaybe } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import type { AuditEntry, Page as List } from "../../lib/types";
import { Page } from "../../shell/page";
import { Ago, Card, Empty, Note, ProblemNote, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Search } from "../../ui/search";
import { toast } from "../../ui/toast";
import { csvOf, differencesOf } from "./differences";
import { fieldName, valueText } from "../../ui/changes";

interface Verified {
  whole: boolean;
  checked: number;
  broken_at: number | null;
}

export function actionText(action: string): string {
  return tMaybe(`action_${action.replace(/[.-]/g, "_")}`, action);
}

function Difference({ entry }: { entry: AuditEntry }) {
  const rows = differencesOf(entry);
  if (rows.length === 0) return <p class="muted">{t("changes_none")}</p>;
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={t("changes_title")}>
      <table class="table table-loose">
        <thead>
          <tr>
            <th scope="col">{t("field")}</th>
            <th scope="col">{t("before")}</th>
            <th scope="col">{t("after")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.field}>
              <th scope="row">{fieldName(row.field)}</th>
              <td class="break second">{entry.before ? valueText(row.before) : "–"}</td>
              <td class="break">{entry.after ? valueText(row.after) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  return (
    <Dialog wide title={`${actionText(entry.action)}: ${entry.name}`} onClose={onClose}>
      <p class="second">{t("audit_who_when", { who: entry.who, when: formatTime(entry.at), from: entry.from })}</p>
      <Difference entry={entry} />
      <p class="muted small break">
        {t("audit_number", { n: entry.number })} · <code>{entry.object}</code> · <code>{entry.hash}</code>
      </p>
    </Dialog>
  );
}

const pageSize = 200;
const enough = 30; // rows that fit
const reach = 20000; // entries that are looked through by themselves

export function AuditPage() {
  const first = useResource<List<AuditEntry>>(`/audit?limit=${pageSize}`, { on: () => true });
  const [older, setOlder] = useState<AuditEntry[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const [search, setSearch] = useState("");
  const [action, setAction] = useState("");
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const [verified, setVerified] = useState<Verified | Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [stuck, setStuck] = useState(false);
  useEffect(() => {
    if (next === undefined && first.data) setNext(first.data.next);
  }, [first.data]);
  const items = useMemo(() => {
    const seen = new Set(older.map((entry) => entry.number));
    return [...(first.data?.items ?? []).filter((entry) => !seen.has(entry.number)), ...older];
  }, [first.data, older]);
  const actions = useMemo(() => [...new Set(items.map((entry) => entry.action))].sort(), [items]);
  const rows = items.filter(
    (entry) => (!action || entry.action === action) && `${entry.who} ${entry.name} ${entry.object} ${entry.action} ${entry.from}`.toLowerCase().includes(search.toLowerCase()),
  );

  // What is looked for may be older than what was read: some pages more of it are, then a person says so.
  const wants = Boolean(next) && !stuck && (search !== "" || action !== "") && rows.length < enough && older.length < reach;
  useEffect(() => {
    if (wants && !busy) void more();
  }, [wants, busy, older]);

  const more = async () => {
    setBusy(true);
    try {
      const page = await get<List<AuditEntry>>("/audit", { limit: wants ? 1000 : pageSize, cursor: next ?? null });
      setOlder([...older, ...page.items]);
      setNext(page.next);
      setStuck(false);
    } catch (error) {
      setStuck(true);
      toast(asProblem(error).detail, { bad: true });
    }
    setBusy(false);
  };
  const exportAll = async () => {
    setBusy(true);
    try {
      let all: AuditEntry[] = [];
      await getAll<AuditEntry>("/audit", {}, (entries) => (all = entries));
      saveFile(csvOf(all), "warren-audit.csv", "text/csv");
      toast(t("exported", { n: all.length }));
    } catch (error) {
      toast(asProblem(error).detail, { bad: true });
    }
    setBusy(false);
  };
  const verify = () =>
    void ask<Verified>({ path: "/audit/verify", patience: 120000 })
      .then((answer) => setVerified(answer.body))
      .catch((error: unknown) => setVerified(asProblem(error)));
  return (
    <Page
      title={t("nav_audit")}
      lead={t("audit_lead")}
      actions={
        <>
          <Button icon="check" onClick={verify}>
            {t("audit_verify")}
          </Button>
          <Button icon="download" busy={busy} onClick={() => void exportAll()}>
            {t("export")}
          </Button>
        </>
      }
    >
      {verified && "whole" in verified && (
        <Note tone={verified.whole ? "ok" : "bad"} live>
          {verified.whole ? t("audit_whole", { n: verified.checked }) : t("audit_broken", { n: verified.broken_at ?? 0 })}
        </Note>
      )}
      {verified && "detail" in verified && <ProblemNote problem={verified} />}
      <Card bare>
        <div class="toolbar">
          <Search value={search} onInput={setSearch} label={t("search_audit")} />
          <select class="input" aria-label={t("filter_action")} value={action} onChange={(event) => setAction(event.currentTarget.value)}>
            <option value="">{t("all_actions")}</option>
            {actions.map((each) => (
              <option key={each} value={each}>
                {actionText(each)}
              </option>
            ))}
          </select>
        </div>
        {first.problem && !first.data && <ProblemNote problem={first.problem} onRetry={first.reload} />}
        {!first.data && !first.problem && <Waits what={t("waits_audit")} />}
        {wants && rows.length === 0 && <Waits what={t("waits_audit")} />}
        {first.data && !wants && rows.length === 0 && <Empty level={2} title={t("search_none")} />}
        {rows.length > 0 && (
          <ul class="rows rows-dense">
            {rows.map((entry) => (
              <li key={entry.number}>
                <div class="grow">
                  <button type="button" class="row-button" onClick={() => setShown(entry)}>
                    <span class="second">{actionText(entry.action)}</span> <strong>{entry.name}</strong>
                  </button>
                  <p class="muted small break">{t("audit_by", { who: entry.who, from: entry.from })}</p>
                </div>
                <span class="muted small nowrap">
                  <Ago time={entry.at} />
                </span>
              </li>
            ))}
          </ul>
        )}
        {next && (
          <div class="card-foot card-foot-middle">
            <Button busy={busy} onClick={() => void more()}>
              {t("older")}
            </Button>
          </div>
        )}
      </Card>
      {shown && <EntryDialog entry={shown} onClose={() => setShown(null)} />}
    </Page>
  );
}
