// SPDX-License-Identifier: GPL-2.0-or-later
// States of instances and peers, in a word and a colour.
import { t, type TextKey, tMaybe } from "../lib/i18n";
import type { Instance, InstanceState, Peer } from "../lib/types";
import { Dot, type Tone } from "../ui/bits";

const instanceTones: Record<InstanceState, Tone> = { pending: "busy", provisioning: "busy", active: "ok", failed: "bad", deleting: "busy" };

export function InstanceDot({ instance }: { instance: Instance }) {
  // Traffic flows, and something beside it is the matter.
  const limping = instance.state === "active" && instance.pending.some((each) => each.reason !== null);
  return <Dot tone={limping ? "warn" : instanceTones[instance.state]}>{t(limping ? "state_limping" : `state_${instance.state}`)}</Dot>;
}

export type PeerState = "connected" | "away" | "waiting" | "disabled" | "expired";

type Seen = Pick<Peer, "expired" | "enabled" | "connected" | "last_seen">;

export function peerState(peer: Seen): PeerState {
  if (peer.expired) return "expired";
  if (!peer.enabled) return "disabled";
  if (peer.connected) return "connected";
  return peer.last_seen === null ? "waiting" : "away";
}

const peerTones: Record<PeerState, Tone> = { connected: "ok", away: "off", waiting: "off", disabled: "off", expired: "warn" };
const peerTexts: Record<PeerState, TextKey> = {
  connected: "peer_connected",
  away: "peer_away",
  waiting: "peer_waiting",
  disabled: "peer_disabled",
  expired: "peer_expired",
};

export function PeerDot({ peer }: { peer: Seen }) {
  const state = peerState(peer);
  return <Dot tone={peerTones[state]}>{t(peerTexts[state])}</Dot>;
}

export function peerStateText(peer: Peer): string {
  return t(peerTexts[peerState(peer)]);
}

export function formatName({ format, title }: { format: string; title: string }): string {
  return tMaybe(`format_${format.replaceAll("-", "_")}`, title);
}

export function protocolName(protocol: string): string {
  return protocol === "openvpn" ? "OpenVPN" : "WireGuard";
}
