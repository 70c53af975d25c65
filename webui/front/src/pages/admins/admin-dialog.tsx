// SPDX-License-Identifier: GPL-2.0-or-later
// An admin's name, role and reach: of a new one with the first password, or of one that is there.
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { findStanding } from "../../lib/session";
import type { Admin, Role } from "../../lib/types";
import { PasswordField } from "../../things/password-field";
import { passwordStrength } from "../../things/password";
import { reachChanges, ReachField, RoleField, useInstances } from "../../things/reach";
import { sayDone } from "../../ui/ask";
import { Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Changes } from "../../ui/changes";
import { Dialog } from "../../ui/dialog";
import { hasOther, problemsOf, TextField, useDryRun } from "../../ui/form";
import { differing } from "../instance/patch-form";

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

function requestOf(admin: Admin | null, draft: Draft): Request | null {
  if (!admin) {
    const ready = draft.name.trim() && passwordStrength(draft.password) !== "short";
    return ready ? { method: "POST", path: "/admins", body: { ...bodyOf(draft), password: draft.password } } : null;
  }
  const body = differing(bodyOf(draftOf(admin)), bodyOf(draft));
  return Object.keys(body).length > 0 ? { method: "PATCH", path: pathOf("admins", admin.id), body } : null;
}

// `admin` null: a new one.
export function AdminDialog({ admin, etag, me, onClose }: { admin: Admin | null; etag: string | null; me: boolean; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(admin));
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const instances = useInstances();
  const request = requestOf(admin, draft);
  const judged = useDryRun<Admin>(request);
  const problem = refused ?? judged.problem;
  const change = (part: Partial<Draft>) => {
    setRefused(null);
    setDraft({ ...draft, ...part });
  };
  const save = async () => {
    if (!request || !judged.plan) return;
    setBusy(true);
    try {
      const { body } = await ask<Admin>({ ...request, etag, key: key.current });
      const before = bodyOf(draftOf(admin));
      const back = admin && Object.fromEntries(Object.keys(request.body as object).map((name) => [name, before[name]]));
      onClose();
      sayDone(
        {
          said: t(admin ? "admin_changed" : "admin_added", { name: body.name }),
          undo: back ? { method: "PATCH", path: pathOf("admins", body.id), body: back } : undefined,
          refresh: "/admins",
        },
        body,
      );
      if (me) await findStanding();
    } catch (error) {
      key.current = makeKey();
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  const changes = admin && judged.plan ? reachChanges(judged.plan.changes, instances) : [];
  return (
    <Dialog
      wide
      title={admin ? t("edit_title", { name: admin.name }) : t("admin_add")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="main" disabled={!request || !judged.plan} busy={busy} onClick={() => void save()}>
            {admin ? t("save") : t("admin_add")}
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
        <TextField label={t("name")} hint={t("admin_name_hint")} value={draft.name} required autofocus onInput={(name) => change({ name })} wrong={draft.name ? problemsOf(problem, "name") : []} />
        <RoleField value={draft.role} onChange={(role) => change({ role })} />
        {draft.role === "owner" ? <Note>{t("reach_owner")}</Note> : <ReachField value={draft.instances} onChange={(next) => change({ instances: next })} wrong={problemsOf(problem, "instances")} />}
        {!admin && <PasswordField make label={t("password_first")} value={draft.password} onInput={(password) => change({ password })} wrong={problemsOf(problem, "password")} />}
        {problem && hasOther(problem, fields) && <ProblemNote problem={problem} />}
        {changes.length > 0 && (
          <div class="stack-s">
            <h3>{t("changes_title")}</h3>
            <Changes changes={changes} />
          </div>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
