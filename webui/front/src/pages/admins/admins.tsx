// SPDX-License-Identifier: GPL-2.0-or-later
// Those who run the hub.
import { useState } from "preact/hooks";
import { ask, asProblem } from "../../lib/api";
import { freshly } from "../../lib/again";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { sessionOf, standing } from "../../lib/session";
import type { Admin, Page as List } from "../../lib/types";
import { Page } from "../../shell/page";
import { PasskeyList } from "../../things/passkeys";
import { reachText, useInstances } from "../../things/reach";
import { Ago, Dot, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Menu, type MenuItem } from "../../ui/menu";
import { toast } from "../../ui/toast";
import { deleteAdmin, disableAdmin, enableAdmin, removeTotp } from "./actions";
import { AdminDialog } from "./admin-dialog";
import { PasswordDialog } from "./password-dialog";

type Opened = { what: "edit"; admin: Admin | null; etag: string | null } | { what: "password" | "passkeys"; admin: Admin };

function Factors({ admin }: { admin: Admin }) {
  if (!admin.totp && admin.passkeys === 0) return <Tag>{t("factor_none")}</Tag>;
  return (
    <>
      {admin.totp && <Tag tone="ok">{t("factor_totp")}</Tag>}
      {admin.passkeys > 0 && <Tag tone="ok">{t("factor_passkeys", { n: admin.passkeys })}</Tag>}
    </>
  );
}

function Row({ admin, me, reach, onOpen }: { admin: Admin; me: boolean; reach: string; onOpen: (opened: Opened) => void }) {
  const open = async (what: Opened["what"]) => {
    if (!(await freshly())) return;
    if (what !== "edit") {
      onOpen({ what, admin });
      return;
    }
    try {
      const answer = await ask<Admin>({ path: pathOf("admins", admin.id) });
      onOpen({ what, admin: answer.body, etag: answer.etag });
    } catch (error) {
      toast(asProblem(error).detail, { bad: true });
    }
  };
  const items: (MenuItem | false)[] = [
    { label: t("edit"), icon: "edit", onClick: () => void open("edit") },
    !me && { label: t("password_reset"), icon: "lock", onClick: () => void open("password") },
    admin.totp && { label: t("totp_remove_do"), icon: "phone", onClick: () => void removeTotp(admin.id, admin.name) },
    admin.passkeys > 0 && { label: t("passkeys"), icon: "key", onClick: () => void open("passkeys") },
    admin.enabled
      ? { label: t("disable"), icon: "power", onClick: () => void disableAdmin(admin) }
      : { label: t("enable"), icon: "power", onClick: () => void enableAdmin(admin) },
    { label: t("delete"), icon: "trash", danger: true, onClick: () => void deleteAdmin(admin) },
  ];
  return (
    <li>
      <span class="who-sign" aria-hidden="true">
        {admin.name.slice(0, 1)}
      </span>
      <div class="grow">
        <span class="line">
          <button type="button" class="row-button" onClick={() => void open("edit")}>
            <strong>{admin.name}</strong>
          </button>
          {me && <Tag tone="accent">{t("you")}</Tag>}
          {!admin.enabled && <Dot tone="bad">{t("peer_disabled")}</Dot>}
        </span>
        <p class="muted small break">
          {t(`role_${admin.role}`)} · {reach}
          <span class="phone-only">
            {" "}
            · {t("last_sign_in")} <Ago time={admin.last_sign_in} />
          </span>
        </p>
      </div>
      <span class="line wide-only">
        <Factors admin={admin} />
      </span>
      <span class="small second nowrap when-cell wide-only">
        <Ago time={admin.last_sign_in} never={t("sign_in_never")} />
      </span>
      <Menu label={t("actions_of", { name: admin.name })} items={items.filter((item): item is MenuItem => item !== false)} />
    </li>
  );
}

export function AdminsPage() {
  const list = useResource<List<Admin>>("/admins?limit=1000", { on: (event) => event.kind.startsWith("admin.") });
  const instances = useInstances();
  const [opened, setOpened] = useState<Opened | null>(null);
  const mine = sessionOf(standing.get())?.admin?.id;
  const close = () => setOpened(null);
  const add = async () => {
    if (await freshly()) setOpened({ what: "edit", admin: null, etag: null });
  };
  return (
    <Page
      title={t("nav_admins")}
      lead={t("admins_lead")}
      actions={
        <Button kind="main" icon="plus" onClick={() => void add()}>
          {t("admin_add")}
        </Button>
      }
    >
      <div class="card">
        {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
        {!list.data && !list.problem && <Waits what={t("waits_admins")} />}
        {list.data && (
          <ul class="rows" aria-label={t("nav_admins")}>
            {list.data.items.map((admin) => (
              <Row key={admin.id} admin={admin} me={admin.id === mine} reach={reachText(admin.instances, instances)} onOpen={setOpened} />
            ))}
          </ul>
        )}
      </div>
      {opened?.what === "edit" && <AdminDialog admin={opened.admin} etag={opened.etag} me={opened.admin?.id === mine} onClose={close} />}
      {opened?.what === "password" && <PasswordDialog admin={opened.admin} onClose={close} />}
      {opened?.what === "passkeys" && (
        <Dialog title={t("passkeys_of", { name: opened.admin.name })} onClose={close} foot={<Button onClick={close}>{t("close")}</Button>}>
          <PasskeyList admin={opened.admin.id} />
        </Dialog>
      )}
    </Page>
  );
}
