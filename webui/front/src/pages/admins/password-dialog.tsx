// SPDX-License-Identifier: GPL-2.0-or-later
// Another admin's new password, as when it was forgotten.
import type { Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Admin } from "../../lib/types";
import { PasswordField } from "../../things/password-field";
import { passwordStrength } from "../../things/password";
import { Note } from "../../ui/bits";
import { EditDialog, useEditor } from "../../ui/editor";

function requestOf(admin: Admin, password: string): Request | null {
  return passwordStrength(password) === "short" ? null : { method: "POST", path: pathOf("admins", admin.id, "password"), body: { password } };
}

export function PasswordDialog({ admin, onClose }: { admin: Admin; onClose: () => void }) {
  const editor = useEditor<{ password: string }, Admin>({ password: "" }, ({ password }) => requestOf(admin, password));
  return (
    <EditDialog
      title={t("password_reset_title", { name: admin.name })}
      verb={t("password_reset")}
      editor={editor}
      fields={["password"]}
      done={({ name }) => ({ said: t("password_reset_said", { name }), refresh: "/admins" })}
      onClose={onClose}
    >
      <Note tone="warn">{t("password_reset_text")}</Note>
      <PasswordField make autofocus label={t("password_new")} value={editor.draft.password} onInput={(password) => editor.change({ password })} wrong={editor.wrong("password")} />
    </EditDialog>
  );
}
