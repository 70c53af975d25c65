// SPDX-License-Identifier: GPL-2.0-or-later
// Who is signed in where: oneself; for an owner everybody.
import { useState } from "preact/hooks";
import { ask, asProblem } from "../../lib/api";
import { formatTime } from "../../lib/format";
import { t, tMaybe } from "../../lib/i18n";
import { reloadBelow, useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { sessionOf, signOut, standing } from "../../lib/session";
import type { Page as List, SignedIn } from "../../lib/types";
import { Page } from "../../shell/page";
import { askFor } from "../../ui/ask";
import { Ago, Card, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";

function methodText(method: string): string {
  return tMaybe(`method_${method.replaceAll("+", "_")}`, method);
}

function endSession(session: SignedIn) {
  return askFor<SignedIn>({
    title: t("session_end_title", { name: session.admin ?? session.admin_id, from: session.from }),
    text: t("session_end_text"),
    verb: t("session_end"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("sessions", session.id) },
    said: t("session_ended"),
    refresh: "/sessions",
  });
}

function Row({ session, named }: { session: SignedIn; named: boolean }) {
  return (
    <li>
      <Icon name="laptop" />
      <div class="grow">
        <span class="line">
          <strong class="break">{named ? (session.admin ?? session.admin_id) : session.from}</strong>
          {session.current && <Tag tone="ok">{t("session_current")}</Tag>}
        </span>
        <p class="muted small break">
          {named && <>{session.from} · </>}
          {methodText(session.method)} · {t("session_since")} <Ago time={session.created_at} />
          <span class="phone-only">
            {" "}
            · {t("last_used")} <Ago time={session.last_used_at} />
          </span>
        </p>
      </div>
      <span class="small second when-cell wide-only">
        {t("last_used")} <Ago time={session.last_used_at} />
      </span>
      <span class="small second when-cell wide-only" title={formatTime(session.ends_at)}>
        {t("ends")} <Ago time={session.ends_at < session.idle_ends_at ? session.ends_at : session.idle_ends_at} />
      </span>
      <span class="session-do">
        {session.current ? (
          <Button small icon="out" onClick={() => void signOut()}>
            {t("sign_out")}
          </Button>
        ) : (
          <Button small kind="danger" onClick={() => void endSession(session)}>
            {t("session_end")}
          </Button>
        )}
      </span>
    </li>
  );
}

function EndOthers({ sessions, onClose }: { sessions: SignedIn[]; onClose: () => void }) {
  const [done, setDone] = useState<number | null>(null);
  const end = async () => {
    try {
      for (const [at, session] of sessions.entries()) {
        setDone(at);
        // One that has ended by itself meanwhile is as good.
        await ask({ method: "DELETE", path: pathOf("sessions", session.id) }).catch((error: unknown) => {
          if (asProblem(error).status !== 404) throw error;
        });
      }
      toast(t("sessions_ended", { n: sessions.length }));
    } catch (error) {
      toast(asProblem(error).detail, { bad: true });
    }
    reloadBelow("/sessions");
    onClose();
  };
  return (
    <Dialog
      title={t("sessions_end_title", { n: sessions.length })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose} autofocus>
            {t("cancel")}
          </Button>
          <Button kind="danger" busy={done !== null} onClick={() => void end()}>
            {done === null ? t("sessions_end_do") : t("bulk_progress", { done, n: sessions.length })}
          </Button>
        </>
      }
    >
      <p class="second">{t("sessions_end_text")}</p>
      <ul class="bulk-names">
        {sessions.map((session) => (
          <li key={session.id}>
            {session.from} · {methodText(session.method)} · {formatTime(session.created_at)}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

export function SessionsPage() {
  const list = useResource<List<SignedIn>>("/sessions", { on: (event) => /^(session|admin)\./.test(event.kind), every: 15000 });
  const [ending, setEnding] = useState(false);
  const mine = sessionOf(standing.get())?.admin?.id;
  const items = [...(list.data?.items ?? [])].sort((a, b) => (a.last_used_at < b.last_used_at ? 1 : -1)).sort((a, b) => Number(b.current ?? false) - Number(a.current ?? false));
  const own = items.filter((session) => session.admin_id === mine);
  const others = items.filter((session) => session.admin_id !== mine);
  const elsewhere = own.filter((session) => !session.current);
  return (
    <Page title={t("nav_sessions")} lead={t("sessions_lead")}>
      {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
      {!list.data && !list.problem && <Waits what={t("waits_sessions")} />}
      {list.data && (
        <Card
          bare
          title={t("sessions_own")}
          actions={
            elsewhere.length > 0 && (
              <Button small kind="danger" icon="out" onClick={() => setEnding(true)}>
                {t("sessions_end_do")}
              </Button>
            )
          }
        >
          <ul class="rows">
            {own.map((session) => (
              <Row key={session.id} session={session} named={false} />
            ))}
          </ul>
        </Card>
      )}
      {others.length > 0 && (
        <Card bare title={t("sessions_others")}>
          <ul class="rows">
            {others.map((session) => (
              <Row key={session.id} session={session} named />
            ))}
          </ul>
        </Card>
      )}
      {ending && <EndOthers sessions={elsewhere} onClose={() => setEnding(false)} />}
    </Page>
  );
}
