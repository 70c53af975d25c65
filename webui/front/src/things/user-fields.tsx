// SPDX-License-Identifier: GPL-2.0-or-later
// A user's fields, in a dialog: for a new one, and for one that is there.
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../lib/api";
import { t } from "../lib/i18n";
import { pathOf } from "../lib/router";
import type { User } from "../lib/types";
import { differing } from "../pages/instance/patch-form";
import { FailingChecks, sayDone } from "../ui/ask";
import { ProblemNote } from "../ui/bits";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { AreaField, given, hasOther, ListField, problemsOf, TextField, useDryRun } from "../ui/form";

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

function requestOf(user: User | null, draft: Draft): Request | null {
  if (!user) return draft.name.trim() ? { method: "POST", path: "/users", body: bodyOf(draft) } : null;
  const body = differing(bodyOf(draftOf(user)), bodyOf(draft));
  return Object.keys(body).length > 0 ? { method: "PATCH", path: pathOf("users", user.id), body } : null;
}

// `user` null: a new one.
export function UserDialog({ user, etag, onClose, onDone }: { user: User | null; etag: string | null; onClose: () => void; onDone?: (user: User) => void }) {
  const [first] = useState(() => ({ user, etag }));
  const [draft, setDraft] = useState(() => draftOf(user));
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const request = requestOf(first.user, draft);
  const judged = useDryRun<User>(request);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const change = (part: Partial<Draft>) => {
    setRefused(null);
    key.current = makeKey();
    setDraft({ ...draft, ...part });
  };
  const save = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const { body } = await ask<User>({ ...request, etag: first.etag, force, key: key.current });
      const before = first.user && request.body ? bodyOf(draftOf(first.user)) : null;
      const back = before && Object.fromEntries(Object.keys(request.body as object).map((name) => [name, before[name]]));
      const undo: Request | undefined = back ? { method: "PATCH", path: pathOf("users", body.id), body: back } : undefined;
      onClose();
      sayDone({ said: t(first.user ? "user_changed" : "user_added", { name: body.name }), undo, refresh: "/users" }, body);
      onDone?.(body);
    } catch (error) {
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  const verb = first.user ? t("save") : t("user_add");
  return (
    <Dialog
      title={first.user ? t("user_edit_title", { name: first.user.name }) : t("user_add")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={force ? "danger" : "main"} disabled={!request || (!judged.plan && !force)} busy={busy} onClick={() => void save()}>
            {force ? t("all_the_same", { verb }) : verb}
          </Button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField label={t("name")} value={draft.name} required autofocus onInput={(name) => change({ name })} wrong={draft.name ? problemsOf(problem, "name") : []} onWould={(name) => change({ name })} />
        <TextField label={t("user_mail")} optional type="email" value={draft.email} onInput={(email) => change({ email })} wrong={problemsOf(problem, "email")} />
        <ListField
          field="groups"
          label={t("user_groups_label")}
          hint={t("user_groups_hint")}
          optional
          mono={false}
          values={draft.groups}
          onChange={(groups) => change({ groups })}
          wrong={problemsOf(problem, "groups")}
          itemName={t("group")}
          addLabel={t("add_group")}
        />
        <AreaField label={t("user_note")} optional value={draft.note} onInput={(note) => change({ note })} wrong={problemsOf(problem, "note")} />
        {problem?.isCheck && <FailingChecks problem={problem} />}
        {problem && hasOther(problem, fields) && <ProblemNote problem={problem} />}
      </form>
    </Dialog>
  );
}
