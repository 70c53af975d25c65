// SPDX-License-Identifier: GPL-2.0-or-later
// Where things stand in the picture of an instance: the hub in the middle, sites with their subnets on one side,
// clients on the other; on a narrow screen the hub on top and all below it. Pure: facts in, places out.
import type { Peer } from "../../lib/types";

export interface Box {
  peer: Peer;
  x: number;
  y: number;
  width: number;
  height: number;
  lines: string[]; // subnets, or where it is connected from
  from: [number, number]; // the wire's end at the box
  to: [number, number]; // and at the hub
}

export interface Plan {
  width: number;
  height: number;
  hub: { x: number; y: number; width: number; height: number };
  boxes: Box[];
  more: { x: number; y: number; sites: number; clients: number } | null; // those that have no box
  narrow: boolean;
}

const gap = 12;
const lineHeight = 17;
const headHeight = 34;
const mostOnASide = 8;
const mostLines = 3;
const narrowBelow = 720;

function rank(peer: Peer): number {
  return (peer.connected ? 0 : 2) + (peer.enabled ? 0 : 4);
}

// Who is shown when there is no room for all: those that are connected first.
export function chosen(peers: Peer[], most: number): Peer[] {
  return [...peers].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)).slice(0, most);
}

export function linesOf(peer: Peer): string[] {
  if (peer.type === "client") return [peer.addresses[0] ?? ""];
  const lines = peer.subnets.map((subnet) => {
    const mapped = peer.mapped.find((each) => each.mapped === subnet);
    return mapped ? `${mapped.real} → ${subnet}` : subnet;
  });
  return lines.length > mostLines ? [...lines.slice(0, mostLines - 1), `+${lines.length - mostLines + 1}`] : lines;
}

function heightOf(peer: Peer): number {
  return headHeight + Math.max(1, linesOf(peer).length) * lineHeight + 6;
}

function column(peers: Peer[], x: number, width: number, height: number, hubX: number, wireX: number, hubY: number): Box[] {
  const total = peers.reduce((sum, peer) => sum + heightOf(peer) + gap, -gap);
  let y = Math.max(1, (height - total) / 2);
  return peers.map((peer, at) => {
    const own = heightOf(peer);
    // The wires part at the hub, so that each can be followed.
    const spread = peers.length > 1 ? (at / (peers.length - 1) - 0.5) * 44 : 0;
    const box: Box = { peer, x, y, width, height: own, lines: linesOf(peer), from: [wireX, y + own / 2], to: [hubX, hubY + spread] };
    y += own + gap;
    return box;
  });
}

function columnHeight(peers: Peer[]): number {
  return peers.reduce((sum, peer) => sum + heightOf(peer) + gap, 0);
}

// Where one kind is missing the other has both sides.
function sidesOf(sites: Peer[], clients: Peer[]): [Peer[], Peer[]] {
  const alone = sites.length === 0 ? clients : clients.length === 0 ? sites : null;
  if (!alone || alone.length < 2) return [sites, clients];
  const half = Math.ceil(alone.length / 2);
  return [alone.slice(0, half), alone.slice(half)];
}

function wide(width: number, sites: Peer[], clients: Peer[], left: number): Plan {
  const [west, east] = sidesOf(sites, clients);
  const boxWidth = Math.min(270, Math.floor(width * 0.3));
  const height = Math.max(columnHeight(west), columnHeight(east), 150) + 2 + (left > 0 ? 36 : 0);
  const inside = height - (left > 0 ? 36 : 0);
  const hub = { width: 184, height: 92, x: (width - 184) / 2, y: (inside - 92) / 2 };
  const middle = hub.y + hub.height / 2;
  return {
    width,
    height,
    hub,
    narrow: false,
    boxes: [
      ...column(west, 1, boxWidth, inside, hub.x, boxWidth + 1, middle),
      ...column(east, width - boxWidth - 1, boxWidth, inside, hub.x + hub.width, width - boxWidth - 1, middle),
    ],
    more: null,
  };
}

function narrow(width: number, peers: Peer[], left: number): Plan {
  const hub = { x: 1, y: 1, width: width - 2, height: 84 };
  const indent = 28;
  let y = hub.height + 20;
  const boxes = peers.map((peer) => {
    const own = heightOf(peer);
    const box: Box = { peer, x: indent, y, width: width - indent - 1, height: own, lines: linesOf(peer), from: [indent, y + own / 2], to: [12, hub.height] };
    y += own + gap;
    return box;
  });
  return { width, height: y - gap + (left > 0 ? 40 : 0), hub, boxes, narrow: true, more: null };
}

export function planOf(width: number, peers: Peer[]): Plan {
  const allSites = peers.filter((peer) => peer.type === "site");
  const allClients = peers.filter((peer) => peer.type === "client");
  const sites = chosen(allSites, allClients.length === 0 ? 2 * mostOnASide : mostOnASide);
  const clients = chosen(allClients, allSites.length === 0 ? 2 * mostOnASide : mostOnASide);
  const leftSites = allSites.length - sites.length;
  const leftClients = allClients.length - clients.length;
  const left = leftSites + leftClients;
  const plan = width < narrowBelow ? narrow(width, [...sites, ...clients], left) : wide(width, sites, clients, left);
  if (left > 0) plan.more = { x: plan.narrow ? 28 : width, y: plan.height - 12, sites: leftSites, clients: leftClients };
  return plan;
}

// A wire from the hub to a box.
export function wireOf(plan: Plan, box: Box): string {
  const [x1, y1] = box.to;
  const [x2, y2] = box.from;
  if (plan.narrow) return `M${x1} ${y1}V${y2 - 8}q0 8 8 8H${x2}`;
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

// How thick a wire is drawn: by the order of magnitude of what flows.
export function wireWidth(bytesPerSecond: number): number {
  if (bytesPerSecond < 50) return 1.5;
  return Math.min(6, 1.5 + Math.log10(bytesPerSecond / 50));
}
