// SPDX-License-Identifier: GPL-2.0-or-later
// An admin's name, role and reach: of a new one with the first password, or of one that is there.
import type { Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { findStanding } from "../../lib/session";
import type { Admin, Role } from "../../lib/types";
import { PasswordField } from "../../things/password-field";
import { passwordStrength } from "../../things/password";
import { reachChanges, ReachField, RoleField, useInstances } from "../../things/reach";
import { Note } from "../../ui/bits";
import { EditDialog, patchOf, useEditor } from "../../ui/editor";
import { TextField } from "../../ui/form";

interface Draft {
  name: string;
  role: Role;
  instances: string[] | null;
  password: string;
}

const fields = ["name", "instances", "password"];

function draftOf(admin: Admin | null): Draft {
  return { name: admin?.name ?? "", role: admin?.role ?? "operator", instances: admin?.instances ?? null, password: "" };
}

// An owner runs the whole hub.
function bodyOf(draft: Draft): Record<string, unknown> {
  return { name: draft.name.trim(), role: draft.role, instances: draft.role === "owner" ? null : draft.instances };
}

function requestOf(admin: Admin | null, draft: Draft, base: Draft): Request | null {
  if (admin) return patchOf(pathOf("admins", admin.id), bodyOf(base), bodyOf(draft));
  const ready = draft.name.trim() && passwordStrength(draft.password) !== "short";
  return ready ? { method: "POST", path: "/admins", body: { ...bodyOf(draft), password: draft.password } } : null;
}

// `admin` null: a new one.
export function AdminDialog({ admin, etag, me, onClose }: { admin: Admin | null; etag: string | null; me: boolean; onClose: () => void }) {
  const instances = useInstances();
  const shown = useResource<Admin>(admin && pathOf("admins", admin.id), { on: (event) => event.kind.startsWith("admin.") });
  const now = shown.data ?? admin;
  const editor = useEditor<Draft, Admin>(() => draftOf(admin), (next, base) => requestOf(admin, next, base), { now: now && draftOf(now), etag: shown.etag ?? etag, bodyOf });
  const { draft, change, wrong } = editor;
  return (
    <EditDialog
      wide
      title={admin ? t("edit_title", { name: admin.name }) : t("admin_add")}
      verb={t(admin ? "save" : "admin_add")}
      editor={editor}
      fields={fields}
      changes={admin && editor.judged.plan ? reachChanges(editor.judged.plan.changes, instances) : undefined}
      done={({ name }) => ({
        said: t(admin ? "admin_changed" : "admin_added", { name }),
        refresh: "/admins",
      })}
      onClose={onClose}
      onDone={() => me && void findStanding()}
    >
      <TextField label={t("name")} hint={t("admin_name_hint")} value={draft.name} required autofocus onInput={(name) => change({ name })} wrong={draft.name ? wrong("name") : []} />
      <RoleField value={draft.role} onChange={(role) => change({ role })} />
      {draft.role === "owner" ? <Note>{t("reach_owner")}</Note> : <ReachField value={draft.instances} onChange={(next) => change({ instances: next })} wrong={wrong("instances")} />}
      {!admin && <PasswordField make label={t("password_first")} value={draft.password} onInput={(password) => change({ password })} wrong={wrong("password")} />}
    </EditDialog>
  );
}
