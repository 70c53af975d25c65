// SPDX-License-Identifier: GPL-2.0-or-later
// Who somebody is, shown to the hub: by a password and, where the account asks for one, a code; or by a passkey.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ask, type Problem } from "../lib/api";
import { t } from "../lib/i18n";
import { Button } from "../ui/button";
import { TextField } from "../ui/form";
import { canPasskey, deviceProblem, signWithPasskey } from "./passkey";
import { Refusal, useWait } from "./refusal";

// Seconds that nobody has to press again for: at once, and in all.
const short = 2;
const patience = 10;

// `name`: of one who is known already; `passkeys`: whether that one has any.
export function SignInForm({ name: known, passkeys = true, onDone, children }: { name?: string; passkeys?: boolean; onDone: () => Promise<void>; children?: ComponentChildren }) {
  const [name, setName] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [withCode, setWithCode] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const waits = useWait(problem);

  // Others at the same address may be in the way for a moment, whose passwords are not judged yet: it is tried again.
  const attempt = async (work: () => Promise<unknown>, left = patience): Promise<void> => {
    setBusy(true);
    if (left === patience) setProblem(null);
    try {
      await work();
      await onDone();
    } catch (error) {
      const refused = deviceProblem(error);
      const wait = (refused.type === "wait" && refused.retryAfter) || Infinity;
      if (wait <= Math.min(short, left)) {
        setProblem(refused);
        await new Promise((resolve) => setTimeout(resolve, wait * 1000));
        return await attempt(work, left - wait);
      }
      if (refused.type === "code-needed" && !withCode) setWithCode(true);
      else setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const signIn = () => ask({ method: "POST", path: "/session", body: { name, password, ...(withCode && { code: code.trim() }) } });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(signIn);
      }}
    >
      {problem && <Refusal problem={problem} left={waits} />}
      {known === undefined && <TextField label={t("name")} value={name} onInput={setName} autocomplete="username" required autofocus />}
      <TextField label={t("password")} type="password" value={password} onInput={setPassword} autocomplete="current-password" required autofocus={known !== undefined} />
      {withCode && <TextField label={t("code")} hint={t("code_hint")} value={code} onInput={setCode} autocomplete="one-time-code" inputMode="text" required autofocus />}
      <Button kind="main" submit busy={busy} disabled={waits > 0}>
        {t("sign_in")}
      </Button>
      {passkeys && canPasskey() && (
        <Button icon="key" disabled={busy} onClick={() => void attempt(signWithPasskey)}>
          {t("sign_in_passkey")}
        </Button>
      )}
      {children}
    </form>
  );
}
