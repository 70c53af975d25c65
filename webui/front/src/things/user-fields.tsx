// SPDX-License-Identifier: GPL-2.0-or-later
// A user's fields, in a dialog: for a new one, and for one that is there.
import type { Request } from "../lib/api";
import { t } from "../lib/i18n";
import { pathOf } from "../lib/router";
import type { User } from "../lib/types";
import { EditDialog, patchOf, useEditor } from "../ui/editor";
import { AreaField, given, ListField, TextField } from "../ui/form";

interface Draft {
  name: string;
  email: string;
  groups: string[];
  note: string;
}

const fields = ["name", "email", "groups", "note"];

function draftOf(user: User | null): Draft {
  return { name: user?.name ?? "", email: user?.email ?? "", groups: user?.groups ?? [], note: user?.note ?? "" };
}

function bodyOf(draft: Draft): Record<string, unknown> {
  return { name: draft.name.trim(), email: draft.email.trim() || null, groups: given(draft.groups), note: draft.note.trim() || null };
}

function requestOf(user: User | null, draft: Draft, base: Draft): Request | null {
  if (user) return patchOf(pathOf("users", user.id), bodyOf(base), bodyOf(draft));
  return draft.name.trim() ? { method: "POST", path: "/users", body: bodyOf(draft) } : null;
}

// `user` null: a new one.
export function UserDialog({ user, etag, onClose, onDone }: { user: User | null; etag: string | null; onClose: () => void; onDone?: (user: User) => void }) {
  const editor = useEditor<Draft, User>(draftOf(user), (draft, base) => requestOf(user, draft, base), { now: user && draftOf(user), etag, bodyOf });
  const { draft, change, wrong } = editor;
  return (
    <EditDialog
      title={user ? t("user_edit_title", { name: user.name }) : t("user_add")}
      verb={user ? t("save") : t("user_add")}
      editor={editor}
      fields={fields}
      done={({ name }) => ({
        said: t(user ? "user_changed" : "user_added", { name }),
        refresh: "/users",
      })}
      onClose={onClose}
      onDone={onDone}
    >
      <TextField label={t("name")} value={draft.name} required autofocus onInput={(name) => change({ name })} wrong={draft.name ? wrong("name") : []} onWould={(name) => change({ name })} />
      <TextField label={t("user_mail")} optional type="email" value={draft.email} onInput={(email) => change({ email })} wrong={wrong("email")} />
      <ListField
        field="groups"
        label={t("user_groups_label")}
        hint={t("user_groups_hint")}
        optional
        mono={false}
        values={draft.groups}
        onChange={(groups) => change({ groups })}
        wrong={wrong("groups")}
        itemName={t("group")}
        addLabel={t("add_group")}
      />
      <AreaField label={t("user_note")} optional value={draft.note} onInput={(note) => change({ note })} wrong={wrong("note")} />
    </EditDialog>
  );
}
