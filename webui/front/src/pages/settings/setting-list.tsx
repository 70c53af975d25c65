// SPDX-License-Identifier: GPL-2.0-or-later
// Settings: what each is, what it does, and what a change of it will do.
import { useState } from "preact/hooks";
import { hubText } from "../../lib/hub-text";
import { t } from "../../lib/i18n";
import { mayHub } from "../../lib/session";
import type { Setting, SettingsChange } from "../../lib/types";
import { settingName, settingsRequest } from "../../things/settings";
import { Note, Tag } from "../../ui/bits";
import { Button } from "../../ui/button";
import { EditDialog, useEditor } from "../../ui/editor";
import { TextField } from "../../ui/form";

interface Draft {
  value: string;
}

function Edit({ setting, onClose }: { setting: Setting; onClose: () => void }) {
  const name = settingName(setting);
  const current = setting.pending ?? setting.value;
  const editor = useEditor<Draft, SettingsChange>({ value: current }, ({ value }, base) => (value.trim() === base.value ? null : settingsRequest({ [name]: value.trim() })), { now: { value: current }, bodyOf: ({ value }) => ({ value }) });
  const { draft, change, judged } = editor;
  const notice = judged.plan?.would?.notice;
  return (
    <EditDialog
      title={name}
      verb={t("save")}
      editor={editor}
      fields={[name, `values.${name}`]}
      changes={judged.plan?.changes}
      done={() => ({ said: t("setting_changed", { name }), undo: settingsRequest({ [name]: current }), refresh: "/settings" })}
      onClose={onClose}
      more={
        <Button onClick={() => change({ value: setting.default })} disabled={draft.value === setting.default}>
          {t("setting_default")}
        </Button>
      }
    >
      <TextField label={t("value")} hint={hubText(setting.help)} value={draft.value} mono wrong={[...editor.wrong(name), ...editor.wrong(`values.${name}`)]} onInput={(value) => change({ value })} onWould={(value) => change({ value })} />
      <Note tone={setting.effect === "restart" ? "warn" : undefined}>{t(setting.effect === "restart" ? "effect_restart_text" : "effect_live_text")}</Note>
      {notice && <Note tone="warn">{hubText(notice)}</Note>}
    </EditDialog>
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

export function SettingList({ settings }: { settings: Setting[] }) {
  const [editing, setEditing] = useState<string | null>(null);
  const edited = settings.find((setting) => settingName(setting) === editing);
  const owner = mayHub("owner");
  return (
    <>
      <ul class="rows">
        {settings.map((setting) => (
          <Row key={settingName(setting)} setting={setting} onEdit={owner ? () => setEditing(settingName(setting)) : undefined} />
        ))}
      </ul>
      {edited && <Edit setting={edited} onClose={() => setEditing(null)} />}
    </>
  );
}
