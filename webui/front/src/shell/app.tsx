// SPDX-License-Identifier: GPL-2.0-or-later
import { useEffect } from "preact/hooks";
import { language, t } from "../lib/i18n";
import { askNow, whenBack } from "../lib/link";
import { navigate, place } from "../lib/router";
import { findStanding, standing } from "../lib/session";
import { useStore } from "../lib/store";
import { publicPageOf } from "../pages";
import { SetupPage } from "../pages/setup/setup";
import { SignInPage } from "../pages/sign-in/sign-in";
import { Waits } from "../ui/bits";
import { Button } from "../ui/button";
import { Asking } from "../ui/ask";
import { Boundary } from "../ui/boundary";
import { Toasts } from "../ui/toast";
import { Again } from "./again";
import { Frame } from "./frame";
import { Plain } from "./plain";

function Away({ reason }: { reason: string }) {
  return (
    <Plain title={t("away_title")} lead={reason}>
      <p class="second">{t("away_text")}</p>
      <div>
        <Button onClick={askNow}>{t("try_now")}</Button>
      </div>
    </Plain>
  );
}

function Inside() {
  const now = useStore(standing);
  const { path } = useStore(place);
  const PublicPage = publicPageOf(path);
  useEffect(() => whenBack(() => void findStanding()), []);
  // The set-up page stays through its last steps, when its owner is signed in already.
  const settingUp = path === "/setup";
  useEffect(() => {
    if (now.state === "setup" && !settingUp && !PublicPage) navigate("/setup", { replace: true });
    if (now.state === "in" && path === "/sign-in") navigate(place.get().query.get("to") || "/", { replace: true });
  }, [now.state, path]);
  if (PublicPage) return <PublicPage.component {...PublicPage.parameters} />;
  if (now.state === "unknown") return <Waits what={t("waits_hub")} />;
  if (now.state === "away") return <Away reason={now.problem.detail} />;
  if (now.state === "setup" || (settingUp && now.state === "in")) return <SetupPage />;
  if (now.state === "out") return <SignInPage ended={now.ended} />;
  return <Frame session={now.session} path={path} />;
}

export function App() {
  useStore(language); // all texts are drawn anew
  return (
    <>
      <Boundary>
        <Inside />
      </Boundary>
      <Asking />
      <Again />
      <Toasts />
    </>
  );
}
