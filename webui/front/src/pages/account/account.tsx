// SPDX-License-Identifier: GPL-2.0-or-later
// Oneself: how one signs in, and how the page looks.
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { sessionOf, signOut, standing } from "../../lib/session";
import { useStore } from "../../lib/store";
import { chooseTheme, theme } from "../../lib/theme";
import type { Admin } from "../../lib/types";
import { Page } from "../../shell/page";
import { LanguageSwitch } from "../../shell/switches";
import { reachText, useInstances } from "../../things/reach";
import { Ago, Card, Facts, Note, ProblemNote, Segments, Waits } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { PasskeysCard } from "./passkeys-card";
import { PasswordCard } from "./password-card";
import { TotpCard } from "./totp";

function You({ me }: { me: Admin }) {
  const instances = useInstances();
  const session = sessionOf(useStore(standing));
  return (
    <Card title={t("account_you")} foot={<LinkButton href="/sessions">{t("nav_sessions")}</LinkButton>}>
      <Facts
        items={[
          [t("role"), t(`role_${me.role}`)],
          [t("reach"), reachText(me.instances, instances)],
          [t("last_sign_in"), <Ago key="l" time={me.last_sign_in} />],
          [t("session_ends"), <Ago key="e" time={session?.session?.ends_at ?? null} />],
        ]}
      />
    </Card>
  );
}

function Looks() {
  const now = useStore(theme);
  return (
    <Card title={t("looks")}>
      <div class="stack">
        <div class="line-apart">
          <span>{t("language")}</span>
          <LanguageSwitch />
        </div>
        <div class="line-apart">
          <span>{t("looks_theme")}</span>
          <Segments
            label={t("looks_theme")}
            value={now}
            onChange={chooseTheme}
            options={[
              ["system", t("looks_system")],
              ["light", t("looks_light")],
              ["dark", t("looks_dark")],
            ]}
          />
        </div>
      </div>
    </Card>
  );
}

export function AccountPage() {
  const shown = useResource<Admin>("/admins/me", { on: (event) => event.kind.startsWith("admin.") });
  const me = shown.data;
  const actions = (
    <Button icon="out" onClick={() => void signOut()}>
      {t("sign_out")}
    </Button>
  );
  return (
    <Page title={me?.name ?? t("account")} lead={t("account_lead")} actions={actions}>
      {shown.problem && !me && <ProblemNote problem={shown.problem} onRetry={shown.reload} />}
      {!me && !shown.problem && <Waits what={t("waits_account")} />}
      {me && !me.totp && me.passkeys === 0 && <Note tone="warn">{t("account_password_alone")}</Note>}
      {me && (
        <div class="columns">
          <div class="stack-l">
            <TotpCard me={me} />
            <PasskeysCard />
            <PasswordCard name={me.name} />
          </div>
          <div class="stack-l">
            <You me={me} />
            <Looks />
          </div>
        </div>
      )}
    </Page>
  );
}
