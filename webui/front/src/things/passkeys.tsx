// SPDX-License-Identifier: GPL-2.0-or-later
// An admin's passkeys: when each was used, and the way to take one away.
import { formatDay } from "../lib/format";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { pathOf } from "../lib/router";
import type { Page, Passkey } from "../lib/types";
import { askFor } from "../ui/ask";
import { Ago, ProblemNote, Waits } from "../ui/bits";
import { IconButton } from "../ui/button";
import { Icon } from "../ui/icon";

function deletePasskey(admin: string, passkey: Passkey) {
  return askFor({
    title: t("passkey_delete_title", { name: passkey.name }),
    text: t("passkey_delete_text"),
    verb: t("delete"),
    danger: true,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("admins", admin, "passkeys", passkey.id) },
    said: t("passkey_deleted", { name: passkey.name }),
    refresh: "/admins",
  });
}

// `admin`: an id, or "me".
export function PasskeyList({ admin }: { admin: string }) {
  const list = useResource<Page<Passkey>>(pathOf("admins", admin, "passkeys"), { on: (event) => event.kind.startsWith("admin.") });
  if (list.problem && !list.data) return <ProblemNote problem={list.problem} onRetry={list.reload} />;
  if (!list.data) return <Waits what={t("waits_passkeys")} />;
  if (list.data.items.length === 0) return <p class="card-body second">{t("passkeys_none")}</p>;
  return (
    <ul class="rows">
      {list.data.items.map((passkey) => (
        <li key={passkey.id}>
          <Icon name="key" />
          <div class="grow">
            <p class="break">{passkey.name}</p>
            <p class="muted small">
              {t("passkey_since", { day: formatDay(passkey.created_at) })} · {passkey.last_used_at ? t("last_used") : t("not_used")} {passkey.last_used_at && <Ago time={passkey.last_used_at} />}
            </p>
          </div>
          <IconButton small icon="trash" label={t("delete_what", { what: passkey.name })} onClick={() => void deletePasskey(admin, passkey)} />
        </li>
      ))}
    </ul>
  );
}
