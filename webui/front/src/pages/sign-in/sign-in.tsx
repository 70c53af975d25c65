// SPDX-License-Identifier: GPL-2.0-or-later
// Name and password, and a code where the account asks for one.
import { useEffect, useState } from "preact/hooks";
import { ask, asProblem, get, type Problem } from "../../lib/api";
import { t } from "../../lib/i18n";
import { findStanding } from "../../lib/session";
import { Note } from "../../ui/bits";
import { Button } from "../../ui/button";
import { TextField } from "../../ui/form";
import { Plain } from "../../shell/plain";
import { canPasskey, signWithPasskey } from "./passkey";

function needsCode(problem: Problem): boolean {
  return problem.type === "code-needed";
}

function Refusal({ problem }: { problem: Problem }) {
  return (
    <Note tone="bad" live>
      {problem.detail}
      {problem.retryAfter !== null && <> {t("wait_seconds", { n: problem.retryAfter })}</>}
    </Note>
  );
}

export function SignInPage() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [withCode, setWithCode] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  // A hub that has no owner yet has nobody to sign in.
  useEffect(() => {
    get<{ needed: boolean }>("/setup")
      .then((setup) => (setup.needed ? findStanding() : undefined))
      .catch(() => undefined);
  }, []);

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      await findStanding();
    } catch (error) {
      const refused = asProblem(error);
      if (needsCode(refused) && !withCode) setWithCode(true);
      else setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const signIn = () => ask({ method: "POST", path: "/session", body: { name, password, ...(withCode && { code: code.trim() }) } }).then(() => undefined);
  return (
    <Plain title={t("sign_in_title")} lead={t("sign_in_lead")}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(signIn);
        }}
      >
        {problem && <Refusal problem={problem} />}
        <TextField label={t("name")} value={name} onInput={setName} autocomplete="username" required autofocus />
        <TextField label={t("password")} type="password" value={password} onInput={setPassword} autocomplete="current-password" required />
        {withCode && (
          <TextField label={t("code")} hint={t("code_hint")} value={code} onInput={setCode} autocomplete="one-time-code" inputMode="text" required autofocus />
        )}
        <Button kind="main" submit busy={busy}>
          {t("sign_in")}
        </Button>
        {canPasskey() && (
          <Button icon="key" disabled={busy} onClick={() => void attempt(() => signWithPasskey())}>
            {t("sign_in_passkey")}
          </Button>
        )}
      </form>
    </Plain>
  );
}
