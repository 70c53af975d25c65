// SPDX-License-Identifier: GPL-2.0-or-later
// Backups: made, kept, fetched, brought here, put in place of all there is.
import { useState } from "preact/hooks";
import { ask, asProblem, type DryRun, dryRun, makeKey, type Problem, type Request } from "../../lib/api";
import { freshly } from "../../lib/again";
import { saveFile } from "../../lib/file";
import { formatBytes, formatTime } from "../../lib/format";
import { hubText } from "../../lib/hub-text";
import { t } from "../../lib/i18n";
import { fetchParts, sendParts } from "../../lib/parts";
import { reloadBelow, useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import type { Backup, BackupLock, BackupRestored, BackupUpload, Page as List, Status } from "../../lib/types";
import { askFor } from "../../ui/ask";
import { Ago, Card, Empty, Facts, Note, ProblemNote, Tag } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { FileButton, Progress, useTransfer } from "../../ui/file";
import { problemsOf, TextField } from "../../ui/form";
import { Menu } from "../../ui/menu";
import { toast } from "../../ui/toast";
import { Read, SettingsArea, useSection } from "./area";
import { SettingList } from "./setting-list";

const shortest = 8;
const patience = 300000; // a key is made of the passphrase, and all of the hub is packed

interface PassphraseProps {
  title: string;
  text: string;
  verb: string;
  request: Omit<Request, "body">;
  said: string;
  optional?: boolean;
  onClose: () => void;
}

// A passphrase that nobody can tell anybody later.
function PassphraseDialog({ title, text, verb, request, said, optional, onClose }: PassphraseProps) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [key] = useState(makeKey);
  const ready = (passphrase.length >= shortest || (optional && !passphrase)) && again === passphrase;
  const go = async () => {
    if (!ready) return;
    setBusy(true);
    try {
      await ask({ ...request, body: passphrase ? { passphrase } : {}, key: key + passphrase.length, patience });
      onClose();
      toast(said);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
    reloadBelow("/");
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="main" busy={busy} disabled={!ready} onClick={() => void go()}>
            {verb}
          </Button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <p class="second">{text}</p>
        <TextField
          label={t("passphrase")}
          hint={t(optional ? "passphrase_optional" : "passphrase_hint", { min: shortest })}
          optional={optional}
          type="password"
          autocomplete="new-password"
          autofocus
          value={passphrase}
          onInput={setPassphrase}
          wrong={problemsOf(problem, "passphrase")}
        />
        <TextField label={t("passphrase_again")} type="password" autocomplete="new-password" value={again} onInput={setAgain} />
        {problem && problemsOf(problem, "passphrase").length === 0 && <ProblemNote problem={problem} />}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

// Opened first, so that one sees what takes the place of all there is.
function RestoreDialog({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const [passphrase, setPassphrase] = useState("");
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [plan, setPlan] = useState<DryRun<BackupRestored> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const request: Request = { method: "POST", path: `${pathOf("backups", backup.id)}/restore`, body: { passphrase }, patience };
  const inside = plan?.would;
  const name = inside?.public_name || inside?.region || t("hub");
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      if (!plan) setPlan(await dryRun<BackupRestored>(request));
      else {
        await ask(request);
        onClose();
        toast(t("backup_restored"));
      }
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const ready = plan ? typed === name : passphrase.length >= shortest;
  return (
    <Dialog
      title={t("backup_restore_title")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={plan ? "danger" : "main"} busy={busy} disabled={!ready} onClick={() => void go()}>
            {t(plan ? "backup_restore" : "backup_open")}
          </Button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void go();
        }}
      >
        <p class="second">{t("backup_restore_text")}</p>
        {!plan && <TextField label={t("passphrase")} type="password" autofocus value={passphrase} onInput={setPassphrase} wrong={problemsOf(problem, "passphrase")} />}
        {inside && (
          <>
            <Facts
              items={[
                [t("created"), inside.created_at ? formatTime(inside.created_at) : "–"],
                [t("hub"), name],
                [t("version"), inside.version ?? "–"],
                [t("nav_instances"), String(inside.instances ?? "–")],
                [t("tab_peers"), String(inside.peers ?? "–")],
              ]}
            />
            {!inside.audit_whole && <Note tone="warn">{t("backup_audit_broken")}</Note>}
            <TextField label={t("type_name", { name })} value={typed} onInput={setTyped} />
          </>
        )}
        {problem && problemsOf(problem, "passphrase").length === 0 && <ProblemNote problem={problem} />}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function deleteBackup(backup: Backup) {
  return askFor({
    title: t("backup_delete_title", { when: formatTime(backup.created_at) }),
    verb: t("delete"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("backups", backup.id) },
    said: t("backup_deleted"),
    refresh: "/",
  });
}

function deleteKey() {
  return askFor({
    title: t("backup_key_delete_title"),
    text: t("backup_key_delete_text"),
    verb: t("remove"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: "/backups/key" },
    said: t("backup_key_deleted"),
    refresh: "/",
  });
}

function ByItself({ owner, onSet }: { owner: boolean; onSet: () => void }) {
  const lock = useResource<BackupLock>("/backups/key", { on: (event) => event.kind.startsWith("backup.") });
  const state = useResource<Status>("/status").data?.backup;
  const set = lock.data?.set;
  return (
    <Card
      title={t("backup_scheduled")}
      bare
      actions={
        owner && (
          <>
            {set && <Button onClick={() => void deleteKey()}>{t("backup_key_remove")}</Button>}
            <Button onClick={onSet}>{t(set ? "backup_key_change" : "backup_key_set")}</Button>
          </>
        )
      }
    >
      <div class="card-body stack">
        {lock.data && !set && <Note>{t("backup_key_none")}</Note>}
        {state?.problem && <Note tone="bad">{hubText(state.problem)}</Note>}
        {set && (
          <Facts
            items={[
              [t("backup_last"), <Ago key="l" time={state?.last ?? null} />],
              [t("backup_next"), <Ago key="n" time={state?.next ?? null} never="–" />],
            ]}
          />
        )}
      </div>
      <SettingList settings={useSection("backup")} />
    </Card>
  );
}

type Opened = "make" | "key" | Backup;

export function BackupsPage() {
  const list = useResource<List<Backup>>("/backups", { on: (event) => event.kind.startsWith("backup.") });
  const lock = useResource<BackupLock>("/backups/key").data;
  const [opened, setOpened] = useState<Opened | null>(null);
  const { transfer, problem, run } = useTransfer();
  const owner = mayHub("owner");
  const close = () => setOpened(null);
  const openFreshly = async (what: Opened) => {
    if (await freshly()) setOpened(what);
  };
  const fetchIt = async (backup: Backup) => {
    const file = await run(t("backup_fetching"), (told, signal) => fetchParts(`${pathOf("backups", backup.id)}/content`, told, signal));
    if (file) saveFile(file, `warren-${backup.created_at.slice(0, 10)}-${backup.id}.backup`, "application/octet-stream");
  };
  const bring = async (file: File) => {
    if (await run(t("backup_bringing", { file: file.name }), (told, signal) => sendParts<BackupUpload>("/backups/upload", file, told, signal, ({ id }) => ({ backup: id })))) toast(t("backup_brought"));
    reloadBelow("/backups");
  };
  return (
    <SettingsArea>
      <Read from={list} waits={t("waits_backups")}>
        {({ items }) => (
          <Card
            bare
            title={t("backups")}
            actions={
              owner && (
                <>
                  <FileButton label={t("backup_bring")} disabled={transfer !== null} onFile={(file) => void bring(file)} />
                  <Button kind="main" icon="plus" onClick={() => setOpened("make")}>
                    {t("backup_make")}
                  </Button>
                </>
              )
            }
          >
            {(transfer || problem) && <div class="card-body">{transfer ? <Progress {...transfer} /> : problem && <ProblemNote problem={problem} />}</div>}
            {items.length === 0 && <Empty level={3} title={t("backups_none")} text={t("backups_none_text")} />}
            <ul class="rows">
              {[...items].sort((a, b) => (a.created_at < b.created_at ? 1 : -1)).map((backup) => (
                <li key={backup.id}>
                  <div class="grow">
                    <div class="line">
                      <strong>{formatTime(backup.created_at)}</strong>
                      <Tag>{t(`backup_kind_${backup.kind}`)}</Tag>
                    </div>
                    <p class="muted small">
                      {formatBytes(backup.bytes)} · <code>{backup.id}</code>
                    </p>
                  </div>
                  {owner && (
                    <>
                      <Button small icon="download" disabled={transfer !== null} onClick={() => void fetchIt(backup)}>
                        {t("download")}
                      </Button>
                      <Menu
                        label={t("backup_actions", { when: formatTime(backup.created_at) })}
                        items={[
                          { label: t("backup_restore"), icon: "undo", onClick: () => void openFreshly(backup) },
                          { label: t("delete"), icon: "trash", danger: true, onClick: () => void deleteBackup(backup) },
                        ]}
                      />
                    </>
                  )}
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Read>
      <ByItself owner={owner} onSet={() => void openFreshly("key")} />
      {opened === "make" && <PassphraseDialog title={t("backup_make")} text={t("backup_make_text")} verb={t("backup_make_do")} request={{ method: "POST", path: "/backups" }} said={t("backup_made")} optional={lock?.set} onClose={close} />}
      {opened === "key" && <PassphraseDialog title={t("backup_key_title")} text={t("backup_key_text")} verb={t("save")} request={{ method: "POST", path: "/backups/key" }} said={t("backup_key_said")} onClose={close} />}
      {opened && typeof opened === "object" && <RestoreDialog backup={opened} onClose={close} />}
    </SettingsArea>
  );
}
