// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sign their owner in.
import { useState } from "preact/hooks";
import type { Problem } from "../../lib/api";
import { freshly } from "../../lib/again";
import { t } from "../../lib/i18n";
import { reloadBelow, useResource } from "../../lib/resource";
import type { Status } from "../../lib/types";
import { canPasskey, deviceProblem, makePasskey } from "../../things/passkey";
import { PasskeyList } from "../../things/passkeys";
import { Card, Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { hasOther, problemsOf, TextField } from "../../ui/form";
import { toast } from "../../ui/toast";

function PasskeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await makePasskey(name.trim());
      toast(t("passkey_added", { name: name.trim() }));
      reloadBelow("/admins");
      onClose();
    } catch (error) {
      setProblem(deviceProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("passkey_add")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="main" busy={busy} disabled={!name.trim()} onClick={() => void make()}>
            {t("passkey_make")}
          </Button>
        </>
      }
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) void make();
        }}
      >
        <p class="second">{t("passkey_add_text")}</p>
        <TextField label={t("name")} hint={t("passkey_name_hint")} value={name} required autofocus onInput={setName} wrong={problemsOf(problem, "name")} />
        {busy && <Note live>{t("passkey_waits")}</Note>}
        {problem && hasOther(problem, ["name"]) && <ProblemNote problem={problem} />}
      </form>
    </Dialog>
  );
}

// Passkeys are of a name: where there is none, or the page was opened by another one, a browser makes none.
function whyNot(publicName: string | null | undefined): string | null {
  if (!canPasskey()) return t("passkey_browser");
  if (publicName === undefined) return null;
  if (publicName === null || /^[\d.]+$|:/.test(publicName)) return t("problem_no_name");
  return publicName === window.location.hostname ? null : t("passkey_other_name", { name: publicName });
}

export function PasskeysCard() {
  const status = useResource<Status>("/status");
  const [adding, setAdding] = useState(false);
  const why = whyNot(status.data?.public_name);
  const add = async () => {
    if (await freshly()) setAdding(true);
  };
  return (
    <Card
      bare
      title={t("passkeys")}
      actions={
        <Button small icon="plus" disabled={why !== null} onClick={() => void add()}>
          {t("passkey_add")}
        </Button>
      }
    >
      <PasskeyList admin="me" />
      {why && (
        <div class="card-body">
          <Note>{why}</Note>
        </div>
      )}
      {adding && <PasskeyDialog onClose={() => setAdding(false)} />}
    </Card>
  );
}
