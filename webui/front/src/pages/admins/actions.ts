// SPDX-License-Identifier: GPL-2.0-or-later
// What owners do with admins, each asked for first.
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Admin } from "../../lib/types";
import { askFor } from "../../ui/ask";

function setEnabled(admin: Admin, enabled: boolean) {
  return { method: "PATCH", path: pathOf("admins", admin.id), body: { enabled } } as const;
}

export function disableAdmin(admin: Admin) {
  return askFor<Admin>({
    title: t("disable_title", { name: admin.name }),
    text: t("admin_disable_text"),
    verb: t("disable"),
    danger: true,
    only: ["enabled"],
    request: setEnabled(admin, false),
    said: t("disabled_said", { name: admin.name }),
    undo: setEnabled(admin, true),
    refresh: "/admins",
  });
}

export function enableAdmin(admin: Admin) {
  return askFor<Admin>({
    title: t("enable_title", { name: admin.name }),
    text: t("admin_enable_text"),
    verb: t("enable"),
    only: ["enabled"],
    request: setEnabled(admin, true),
    said: t("enabled_said", { name: admin.name }),
    undo: setEnabled(admin, false),
    refresh: "/admins",
  });
}

export function deleteAdmin(admin: Admin) {
  return askFor<Admin>({
    title: t("delete_title", { name: admin.name }),
    text: t("admin_delete_text"),
    verb: t("delete"),
    danger: true,
    typed: admin.name,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("admins", admin.id) },
    said: t("deleted_said", { name: admin.name }),
    refresh: "/admins",
  });
}

export function renewCodes() {
  return askFor<{ recovery_codes: string[] }>({
    title: t("codes_renew_title"),
    text: t("codes_renew_text"),
    verb: t("codes_renew_do"),
    hideChanges: true,
    request: { method: "POST", path: pathOf("admins", "me", "totp", "recovery"), body: {} },
    said: t("codes_renewed"),
    refresh: "/admins",
  });
}

// `admin` also "me".
export function removeTotp(admin: string, name: string) {
  return askFor<Admin>({
    title: t("totp_remove_title", { name }),
    text: t("totp_remove_text"),
    verb: t("totp_remove_do"),
    danger: true,
    only: ["totp", "recovery_codes"],
    request: { method: "DELETE", path: pathOf("admins", admin, "totp") },
    said: t("totp_removed", { name }),
    refresh: "/admins",
  });
}
