// SPDX-License-Identifier: GPL-2.0-or-later
// Name and password, and a code where the account asks for one.
import { useEffect } from "preact/hooks";
import { get } from "../../lib/api";
import { t } from "../../lib/i18n";
import { findStanding, signedIn } from "../../lib/session";
import { Plain } from "../../shell/plain";
import { SignInForm } from "../../things/sign-in-form";
import { Note } from "../../ui/bits";

// `ended`: who was in a moment ago, on this page.
export function SignInPage({ ended }: { ended?: boolean }) {
  // A hub that has no owner yet has nobody to sign in.
  useEffect(() => {
    get<{ needed: boolean }>("/setup")
      .then((setup) => (setup.needed ? findStanding() : undefined))
      .catch(() => undefined);
  }, []);
  return (
    <Plain title={t("sign_in_title")} lead={t("sign_in_lead")}>
      {ended && <Note live>{t("session_over")}</Note>}
      <SignInForm onDone={signedIn} />
    </Plain>
  );
}
