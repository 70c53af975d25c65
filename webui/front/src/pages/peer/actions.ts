// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done with a peer, each asked for with what it will change.
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Peer } from "../../lib/types";
import { askFor } from "../../ui/ask";

function pathOfPeer(peer: Peer): string {
  return pathOf("instances", peer.instance_id, "peers", peer.id);
}

export function disablePeer(peer: Peer) {
  const path = pathOfPeer(peer);
  return askFor<Peer>({
    title: t("disable_title", { name: peer.name }),
    text: t("disable_text"),
    verb: t("disable"),
    request: { method: "POST", path: `${path}/disable`, body: {} },
    only: ["enabled", "subnets"],
    said: t("disabled_said", { name: peer.name }),
    undo: { method: "POST", path: `${path}/enable`, body: {} },
    refresh: pathOf("instances", peer.instance_id),
  });
}

// One whose time is over needs a new time.
export function enablePeer(peer: Peer) {
  const path = pathOfPeer(peer);
  return askFor<Peer>({
    title: t("enable_title", { name: peer.name }),
    text: peer.expired ? t("enable_expired_text") : t("enable_text"),
    verb: t("enable"),
    request: { method: "POST", path: `${path}/enable`, body: peer.expired ? { expires_in: null } : {} },
    only: ["enabled", "subnets", "expired", "expires_at"],
    said: t("enabled_said", { name: peer.name }),
    undo: { method: "POST", path: `${path}/disable`, body: {} },
    refresh: pathOf("instances", peer.instance_id),
  });
}

export function rekeyPeer(peer: Peer) {
  return askFor<Peer>({
    title: t("rekey_title", { name: peer.name }),
    text: t("rekey_text"),
    verb: t("rekey_do"),
    danger: true,
    hideChanges: true,
    request: { method: "POST", path: `${pathOfPeer(peer)}/rekey`, body: {} },
    said: t("rekeyed_said", { name: peer.name }),
    refresh: pathOfPeer(peer),
  });
}

export function forgetKey(peer: Peer) {
  return askFor<Peer>({
    title: t("forget_title", { name: peer.name }),
    text: t("forget_text"),
    verb: t("forget_key"),
    danger: true,
    only: ["private_key_held"],
    request: { method: "POST", path: `${pathOfPeer(peer)}/forget-key`, body: {} },
    said: t("forgotten_said", { name: peer.name }),
    refresh: pathOfPeer(peer),
  });
}

export function deletePeer(peer: Peer) {
  return askFor<Peer>({
    title: t("delete_title", { name: peer.name }),
    text: t("delete_text"),
    verb: t("delete"),
    danger: true,
    typed: peer.name,
    hideChanges: true,
    request: { method: "DELETE", path: pathOfPeer(peer) },
    said: t("deleted_said", { name: peer.name }),
    refresh: pathOf("instances", peer.instance_id, "peers"),
  });
}
