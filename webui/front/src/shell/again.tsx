// SPDX-License-Identifier: GPL-2.0-or-later
// "Sign in again", above whatever was asked for.
import { get } from "../lib/api";
import { signingIn } from "../lib/again";
import { t } from "../lib/i18n";
import { findStanding, sessionOf, standing } from "../lib/session";
import { useStore } from "../lib/store";
import type { Session } from "../lib/types";
import { SignInForm } from "../things/sign-in-form";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

export function Again() {
  const settle = useStore(signingIn);
  const admin = sessionOf(useStore(standing))?.admin;
  if (!settle || !admin) return null;
  const done = async () => {
    const now = await get<Session>("/session");
    // A passkey may be another admin's: nothing that was asked for before is done as that one.
    if (now.admin?.id !== admin.id) window.location.assign("/");
    else await findStanding("here");
    settle(now.admin?.id === admin.id);
  };
  return (
    <Dialog title={t("again_title")} onClose={() => settle(false)}>
      <p class="second">{t("again_text", { name: admin.name })}</p>
      <SignInForm name={admin.name} passkeys={admin.passkeys > 0} onDone={done}>
        <Button kind="quiet" onClick={() => settle(false)}>
          {t("cancel")}
        </Button>
      </SignInForm>
    </Dialog>
  );
}
