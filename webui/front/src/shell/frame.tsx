// SPDX-License-Identifier: GPL-2.0-or-later
// What stands around a page: navigation at the side (on a phone behind a button), and whether the hub answers.
import { useEffect, useRef, useState } from "preact/hooks";
import { link } from "../lib/api";
import { t } from "../lib/i18n";
import { askNow, nextTry } from "../lib/link";
import { may, mayHub } from "../lib/session";
import { useStore } from "../lib/store";
import type { Session } from "../lib/types";
import { pageOf } from "../pages";
import { Empty } from "../ui/bits";
import { Boundary } from "../ui/boundary";
import { Button, LinkButton } from "../ui/button";
import { Icon } from "../ui/icon";
import { Side, Top } from "./nav";
import { Page } from "./page";

function seconds(until: number | null): number {
  return until === null ? 0 : Math.max(0, Math.ceil((until - Date.now()) / 1000));
}

function AwayBanner() {
  const state = useStore(link);
  const until = useStore(nextTry);
  const [, tick] = useState(0);
  const [late, setLate] = useState(false);
  // What is over within a moment need not be told.
  useEffect(() => {
    if (state === "open") {
      setLate(false);
      return undefined;
    }
    const shown = setTimeout(() => setLate(true), 700);
    const timer = setInterval(() => tick((count) => count + 1), 500);
    return () => {
      clearTimeout(shown);
      clearInterval(timer);
    };
  }, [state]);
  if (!late || state === "open") return null;
  return (
    <div class="banner" role="alert">
      <Icon name="warn" />
      <span class="grow">
        {t("banner_away")} {until !== null && <span aria-hidden="true">{t("banner_next", { n: seconds(until) })}</span>}
      </span>
      <Button small onClick={askNow}>
        {t("try_now")}
      </Button>
    </div>
  );
}

function NotThere() {
  return (
    <Page title={t("not_found")}>
      <div class="card">
        <Empty title={t("not_found_title")} text={t("not_found_text")}>
          <LinkButton href="/">{t("to_overview")}</LinkButton>
        </Empty>
      </div>
    </Page>
  );
}

function NotAllowed() {
  return (
    <Page title={t("not_allowed")}>
      <div class="card">
        <Empty title={t("not_allowed_title")} text={t("not_allowed_text")}>
          <LinkButton href="/">{t("to_overview")}</LinkButton>
        </Empty>
      </div>
    </Page>
  );
}

export function Frame({ session, path }: { session: Session; path: string }) {
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const found = pageOf(path);
  // Who moves by keyboard or hears the page begins at the new page's heading.
  useEffect(() => {
    setOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    const heading = main.current?.querySelector<HTMLElement>("h1");
    if (heading && !main.current?.contains(document.activeElement)) heading.focus({ preventScroll: true });
  }, [path]);
  useEffect(() => {
    if (!open) return undefined;
    document.querySelector<HTMLElement>("#side a")?.focus();
    const escape = (event: KeyboardEvent) => event.key === "Escape" && setOpen(false);
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  }, [open]);
  return (
    <>
      <a class="skip" href="#main" onClick={() => main.current?.focus()}>
        {t("skip")}
      </a>
      <Top open={open} onOpen={() => setOpen(!open)} />
      <div class="shell">
        <Side session={session} path={path} open={open} onClose={() => setOpen(false)} />
        <div class="main">
          <AwayBanner />
          <main id="main" tabIndex={-1} ref={main}>
            <Boundary key={found?.row.path ?? "none"}>
              {!found ? <NotThere /> : !(found.row.hub ? mayHub : may)(found.row.role) ? <NotAllowed /> : <found.row.component {...found.parameters} />}
            </Boundary>
          </main>
        </div>
      </div>
    </>
  );
}
