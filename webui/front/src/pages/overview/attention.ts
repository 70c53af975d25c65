// SPDX-License-Identifier: GPL-2.0-or-later
// What needs a person's attention, from what the page knows.
import { pathOf } from "../../lib/router";
import type { Instance, Peer, Status } from "../../lib/types";

export interface Concern {
  key: string;
  kind: "instance_failed" | "step_failed" | "peer_expires" | "peer_stale" | "certificate_ends" | "role_restarted" | "backend_userspace";
  tone: "bad" | "warn";
  name: string;
  detail: string;
  href: string;
}

const soon = 7 * 86400e3;
const certificateSoon = 30 * 86400e3;

function ofInstance(instance: Instance): Concern[] {
  const href = pathOf("instances", instance.id);
  return instance.pending
    .filter((each) => each.reason !== null)
    .map((each) => ({
      key: `${instance.id}-${each.step}-${each.title}`,
      kind: instance.state === "failed" ? "instance_failed" : "step_failed",
      tone: instance.state === "failed" ? "bad" : "warn",
      name: instance.name,
      detail: `${each.title}: ${each.reason}`,
      href,
    }));
}

export function concernsOfPeer(peer: Peer, now = Date.now()): Concern[] {
  const href = pathOf("instances", peer.instance_id, "peers", peer.id);
  const concern = (kind: Concern["kind"], detail: string): Concern => ({ key: `${peer.id}-${kind}`, kind, tone: "warn", name: peer.name, detail, href });
  const found: Concern[] = [];
  if (!peer.enabled) return found;
  if (peer.expires_at && Date.parse(peer.expires_at) - now < soon) found.push(concern("peer_expires", peer.expires_at));
  if (peer.profile_stale) found.push(concern("peer_stale", peer.profile_stale_reasons.join("; ")));
  const end = peer.certificate?.expires_at;
  if (end && Date.parse(end) - now < certificateSoon) found.push(concern("certificate_ends", end));
  return found;
}

const restartsThatCount = 3;

export function concernsOfHub(status: Status | undefined, instances: Instance[]): Concern[] {
  const roles = (status?.roles ?? []).filter((role) => role.restarts >= restartsThatCount);
  return [
    ...instances.flatMap(ofInstance),
    ...roles.map(
      (role): Concern => ({
        key: `role-${role.pid}`,
        kind: "role_restarted",
        tone: "warn",
        name: role.name,
        detail: String(role.restarts),
        href: "/about",
      }),
    ),
  ];
}
