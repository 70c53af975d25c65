// SPDX-License-Identifier: GPL-2.0-or-later
// One's own password, which takes the present one.
import { useState } from "preact/hooks";
import { ask, asProblem, type Problem } from "../../lib/api";
import { t } from "../../lib/i18n";
import { reloadBelow } from "../../lib/resource";
import { findStanding } from "../../lib/session";
import { PasswordField } from "../../things/password-field";
import { passwordStrength } from "../../things/password";
import { useWait } from "../../things/refusal";
import { Card, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { hasOther, problemsOf, TextField } from "../../ui/form";
import { toast } from "../../ui/toast";

export function PasswordCard({ name }: { name: string }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const left = useWait(problem);
  const ready = current !== "" && passwordStrength(password) !== "short" && left === 0;
  const save = async () => {
    if (!ready) return;
    setBusy(true);
    setProblem(null);
    try {
      await ask({ method: "POST", path: "/admins/me/password", body: { password, current_password: current } });
      setCurrent("");
      setPassword("");
      toast(t("password_changed"));
      await findStanding();
      reloadBelow("/sessions");
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Card
        title={t("password")}
        foot={
          <Button kind="main" submit busy={busy} disabled={!ready}>
            {t("password_change")}
          </Button>
        }
      >
        <div class="form">
          <p class="second">{t("password_change_text")}</p>
          <input type="text" autocomplete="username" value={name} readOnly hidden />
          <TextField label={t("password_present")} type="password" value={current} onInput={setCurrent} autocomplete="current-password" wrong={problemsOf(problem, "current_password")} required />
          <PasswordField label={t("password_new")} value={password} onInput={setPassword} wrong={problemsOf(problem, "password")} />
          {problem && hasOther(problem, ["password", "current_password"]) && <ProblemNote problem={problem} />}
        </div>
      </Card>
    </form>
  );
}
