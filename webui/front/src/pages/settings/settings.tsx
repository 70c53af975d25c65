// SPDX-License-Identifier: GPL-2.0-or-later
// Every setting of the hub: what it is, what it does, and what a change of it will do.
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem } from "../../lib/api";
import { hubText } from "../../lib/hub-text";
import { t, tMaybe } from "../../lib/i18n";
import { reload, useResource } from "../../lib/resource";
import { mayHub } from "../../lib/session";
import type { Page as List, Setting, SettingsChange } from "../../lib/types";
import { Page } from "../../shell/page";
import { settingName, settingsRequest } from "../../things/settings";
import { sayDone } from "../../ui/ask";
import { Card, Note, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Changes } from "../../ui/changes";
import { Dialog } from "../../ui/dialog";
import { hasOther, problemsOf, TextField, useDryRun } from "../../ui/form";

function sections(settings: Setting[]): [string, Setting[]][] {
  const found = new Map<string, Setting[]>();
  for (const setting of settings) found.set(setting.section, [...(found.get(setting.section) ?? []), setting]);
  return [...found];
}

function Edit({ setting, onClose }: { setting: Setting; onClose: () => void }) {
  const name = settingName(setting);
  const current = setting.pending ?? setting.value;
  const [value, setValue] = useState(current);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const request = value.trim() === current ? null : settingsRequest({ [name]: value.trim() });
  const judged = useDryRun<SettingsChange>(request);
  const problem = refused ?? judged.problem;
  const wrong = [...problemsOf(problem, name), ...problemsOf(problem, `values.${name}`)];
  const save = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const answer = await ask({ ...request, key: key.current });
      onClose();
      sayDone({ said: t("setting_changed", { name }), undo: settingsRequest({ [name]: current }), refresh: "/settings" }, answer.body);
    } catch (error) {
      key.current = makeKey();
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={name}
      onClose={onClose}
      foot={
        <>
          <Button onClick={() => setValue(setting.default)} disabled={value === setting.default}>
            {t("setting_default")}
          </Button>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="main" busy={busy} disabled={!request || !judged.plan} onClick={() => void save()}>
            {t("save")}
          </Button>
        </>
      }
    >
      <TextField
        label={t("value")}
        hint={hubText(setting.help)}
        value={value}
        mono
        wrong={wrong}
        onInput={(next) => {
          setRefused(null);
          setValue(next);
        }}
        onWould={setValue}
      />
      <Note tone={setting.effect === "restart" ? "warn" : undefined}>{t(setting.effect === "restart" ? "effect_restart_text" : "effect_live_text")}</Note>
      {problem && wrong.length === 0 && hasOther(problem, [name]) && <ProblemNote problem={problem} />}
      {request && judged.plan && (
        <div class="stack-s">
          <h3>{t("changes_title")}</h3>
          <Changes changes={judged.plan.changes} />
          {judged.plan.would?.notice && <Note tone="warn">{hubText(judged.plan.would.notice)}</Note>}
        </div>
      )}
    </Dialog>
  );
}

function Row({ setting, onEdit }: { setting: Setting; onEdit?: () => void }) {
  return (
    <li class="setting">
      <div class="grow">
        <div class="line">
          <code class="setting-name">{setting.key}</code>
          {setting.value !== setting.default && <Tag tone="accent">{t("setting_changed_tag")}</Tag>}
          {setting.effect === "restart" && <Tag>{t("effect_restart")}</Tag>}
          {setting.pending !== null && <Tag tone="warn">{t("setting_pending", { value: setting.pending || t("value_empty") })}</Tag>}
        </div>
        <p class="second small">{hubText(setting.help)}</p>
      </div>
      <code class="setting-value break">{setting.value || <span class="muted">{t("value_empty")}</span>}</code>
      {onEdit && (
        <Button small onClick={onEdit}>
          {t("change")}
          <span class="hidden-text"> {settingName(setting)}</span>
        </Button>
      )}
    </li>
  );
}

export function SettingsPage() {
  const settings = useResource<List<Setting>>("/settings", { on: (event) => event.kind === "settings.reloaded" });
  const [editing, setEditing] = useState<Setting | null>(null);
  const owner = mayHub("owner");
  return (
    <Page title={t("nav_settings")} lead={t("settings_lead")}>
      {settings.problem && !settings.data && <ProblemNote problem={settings.problem} onRetry={() => reload("/settings")} />}
      {!settings.data && !settings.problem && (
        <div class="card">
          <Waits what={t("waits_settings")} />
        </div>
      )}
      {sections(settings.data?.items ?? []).map(([section, items]) => (
        <Card key={section} title={tMaybe(`section_${section}`, section)} bare>
          <ul class="rows">
            {items.map((setting) => (
              <Row key={setting.key} setting={setting} onEdit={owner ? () => setEditing(setting) : undefined} />
            ))}
          </ul>
        </Card>
      ))}
      {editing && <Edit setting={editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}
