// SPDX-License-Identifier: GPL-2.0-or-later
// Another admin's new password, as when it was forgotten.
import { useState } from "preact/hooks";
import { ask, asProblem, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Admin } from "../../lib/types";
import { PasswordField } from "../../things/password-field";
import { passwordStrength } from "../../things/password";
import { sayDone } from "../../ui/ask";
import { Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { hasOther, problemsOf, useDryRun } from "../../ui/form";

export function PasswordDialog({ admin, onClose }: { admin: Admin; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const ready = passwordStrength(password) !== "short";
  const request: Request | null = ready ? { method: "POST", path: pathOf("admins", admin.id, "password"), body: { password } } : null;
  const judged = useDryRun<Admin>(request);
  const problem = refused ?? judged.problem;
  const save = async () => {
    if (!request || !judged.plan) return;
    setBusy(true);
    try {
      const { body } = await ask<Admin>(request);
      onClose();
      sayDone({ said: t("password_reset_said", { name: body.name }), refresh: "/admins" }, body);
    } catch (error) {
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("password_reset_title", { name: admin.name })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="main" disabled={!judged.plan} busy={busy} onClick={() => void save()}>
            {t("password_reset")}
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
        <Note tone="warn">{t("password_reset_text")}</Note>
        <PasswordField
          make
          autofocus
          label={t("password_new")}
          value={password}
          onInput={(next) => {
            setRefused(null);
            setPassword(next);
          }}
          wrong={problemsOf(problem, "password")}
        />
        {problem && hasOther(problem, ["password"]) && <ProblemNote problem={problem} />}
      </form>
    </Dialog>
  );
}
