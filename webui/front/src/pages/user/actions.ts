// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done with a user, each asked for with the devices that it is about.
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { User } from "../../lib/types";
import { askFor } from "../../ui/ask";

// Whom it is about; that the user is enabled or not then is the question itself.
const shown = ["peers_changed", "peers_left"];

export function disableUser(user: User) {
  const path = pathOf("users", user.id);
  return askFor<User>({
    title: t("user_disable_title", { name: user.name }),
    text: t("user_disable_text"),
    verb: t("disable"),
    danger: true,
    only: ["peers_changed"],
    request: { method: "POST", path: `${path}/disable`, body: {} },
    said: t("user_disabled_said", { name: user.name, n: user.peers.enabled }),
    undo: { method: "POST", path: `${path}/enable`, body: {} },
    refresh: "/users",
  });
}

export function enableUser(user: User) {
  const path = pathOf("users", user.id);
  return askFor<User>({
    title: t("user_enable_title", { name: user.name }),
    text: t("user_enable_text"),
    verb: t("enable"),
    only: shown,
    request: { method: "POST", path: `${path}/enable`, body: {} },
    said: t("user_changed", { name: user.name }),
    undo: { method: "POST", path: `${path}/disable`, body: {} },
    refresh: "/users",
  });
}
