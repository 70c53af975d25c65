// SPDX-License-Identifier: GPL-2.0-or-later
// The authenticator app: its secret as a code to scan, the first code that shows it has it, recovery codes.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, asProblem, type Problem } from "../../lib/api";
import { freshly } from "../../lib/again";
import { saveFile } from "../../lib/file";
import { t } from "../../lib/i18n";
import { reloadBelow } from "../../lib/resource";
import type { Admin, TotpSecret } from "../../lib/types";
import { Qr } from "../../things/qr";
import { Card, Code, CopyValue, Note, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { hasOther, problemsOf, TextField } from "../../ui/form";
import { removeTotp, renewCodes } from "../admins/actions";

function Codes({ codes, name, said, onClose }: { codes: string[]; name: string; said: string; onClose: () => void }) {
  const text = `${codes.join("\n")}\n`;
  return (
    <Dialog
      shownOnce
      title={t("codes_title")}
      onClose={onClose}
      foot={
        <>
          <Button icon="download" onClick={() => saveFile(text, `warren-${name}-codes.txt`, "text/plain")}>
            {t("download")}
          </Button>
          <Button kind="main" onClick={onClose}>
            {t("codes_kept")}
          </Button>
        </>
      }
    >
      <Note tone="ok" live>
        {said}
      </Note>
      <p class="second">{t("codes_text", { n: codes.length })}</p>
      <Code text={codes.join("\n")} what={t("codes")} />
    </Dialog>
  );
}

function Begun({ secret }: { secret: TotpSecret }) {
  return (
    <div class="profile">
      {secret.qr && (
        <div class="qr-frame totp-qr">
          <Qr svg={secret.qr} label={t("totp_qr_label")} />
        </div>
      )}
      <div class="stack grow">
        <p>{t("totp_scan")}</p>
        <p class="second">{t("totp_type")}</p>
        <CopyValue text={secret.secret} what={t("totp_secret")} />
        <div>
          <LinkButton small icon="phone" href={secret.uri}>
            {t("totp_here")}
          </LinkButton>
        </div>
      </div>
    </div>
  );
}

function TotpDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const [secret, setSecret] = useState<TotpSecret | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    ask<TotpSecret>({ method: "POST", path: "/admins/me/totp", body: {} })
      .then((answer) => setSecret(answer.body))
      .catch((error: unknown) => setProblem(asProblem(error)));
  }, []);
  // The dialog was there before its field.
  useEffect(() => form.current?.querySelector("input")?.focus(), [secret]);
  const confirm = async () => {
    setBusy(true);
    try {
      const answer = await ask<{ recovery_codes: string[] }>({ method: "POST", path: "/admins/me/totp/confirm", body: { code: code.trim() } });
      setCodes(answer.body.recovery_codes);
      reloadBelow("/admins");
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  if (codes) return <Codes key="codes" codes={codes} name={name} said={t("totp_done")} onClose={onClose} />;
  return (
    <Dialog
      key="begin"
      wide
      title={t("totp_set_up")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="main" busy={busy} disabled={!secret || code.trim().length < 6} onClick={() => void confirm()}>
            {t("totp_confirm")}
          </Button>
        </>
      }
    >
      {!secret && !problem && <Waits what={t("waits_totp")} />}
      {secret && <Begun secret={secret} />}
      {secret && (
        <form
          class="form"
          ref={form}
          onSubmit={(event) => {
            event.preventDefault();
            void confirm();
          }}
        >
          <TextField
            label={t("totp_first_code")}
            hint={t("totp_first_code_hint")}
            value={code}
            narrow
            autofocus
            inputMode="numeric"
            autocomplete="one-time-code"
            onInput={(next) => {
              setProblem(null);
              setCode(next);
            }}
            wrong={problemsOf(problem, "code")}
          />
        </form>
      )}
      {problem && hasOther(problem, ["code"]) && <ProblemNote problem={problem} />}
    </Dialog>
  );
}

export function TotpCard({ me }: { me: Admin }) {
  const [open, setOpen] = useState(false);
  const [anew, setAnew] = useState<string[] | null>(null);
  const begin = async () => {
    if (await freshly()) setOpen(true);
  };
  const renew = async () => {
    if (!(await freshly())) return;
    const answer = await renewCodes();
    if (answer) setAnew(answer.recovery_codes);
  };
  return (
    <Card
      title={
        <span class="line">
          {t("totp")} {me.totp && <Tag tone="ok">{t("on")}</Tag>}
        </span>
      }
      actions={
        me.totp ? (
          <>
            <Button small onClick={() => void renew()}>
              {t("codes_renew_do")}
            </Button>
            <Button small kind="danger" onClick={() => void removeTotp("me", me.name)}>
              {t("totp_remove_do")}
            </Button>
          </>
        ) : (
          <Button small icon="phone" onClick={() => void begin()}>
            {t("totp_set_up")}
          </Button>
        )
      }
    >
      <div class="stack">
        <p class="second">{me.totp ? t("totp_on_text") : t("totp_off_text")}</p>
        {me.totp && <Note tone={me.recovery_codes > 3 ? undefined : "warn"}>{t("codes_left", { n: me.recovery_codes })}</Note>}
      </div>
      {anew && <Codes codes={anew} name={me.name} said={t("codes_renewed")} onClose={() => setAnew(null)} />}
      {open && <TotpDialog name={me.name} onClose={() => setOpen(false)} />}
    </Card>
  );
}
