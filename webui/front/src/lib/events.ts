// SPDX-License-Identifier: GPL-2.0-or-later
// What happens on the hub, as it happens: one stream for the whole page, which takes up where it broke off.
import { base, get, link } from "./api";
import { whenBack } from "./link";
import { makeStore } from "./store";
import type { HubEvent } from "./types";

const kept = 200;

export const recent = makeStore<HubEvent[]>([]); // newest first
const listeners = new Set<(event: HubEvent) => void>();
let source: EventSource | null = null;
let last = 0;

export function whenEvent(told: (event: HubEvent) => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

function take(event: HubEvent): void {
  if (typeof event.id !== "number" || event.id <= last) return;
  last = event.id;
  recent.set([event, ...recent.get()].slice(0, kept));
  for (const told of [...listeners]) told(event);
}

function onMessage(message: MessageEvent<string>): void {
  try {
    take(JSON.parse(message.data) as HubEvent);
  } catch {
    // Not an event: a newer hub may say more than we know.
  }
}

function open(): void {
  source?.close();
  source = new EventSource(`${base}/events${last ? `?after=${last}` : ""}`);
  source.onmessage = onMessage;
  source.onerror = () => {
    source?.close();
    source = null;
    link.set("away"); // the hub is asked whether it is still there, and whether we are
  };
}

// Those of a moment ago, so that the list does not begin empty.
async function readRecent(): Promise<void> {
  const list = await get<{ items: HubEvent[] }>("/events", { follow: false, limit: 50 });
  for (const event of list.items) take(event);
}

// A browser has six connections for a hub, whatever number of tabs: one that is not looked at gives its own back, and
// catches up when it is.
const hiddenFor = 15000;
let resting: ReturnType<typeof setTimeout> | undefined;

function onVisibility(): void {
  clearTimeout(resting);
  if (document.hidden) {
    resting = setTimeout(() => {
      source?.close();
      source = null;
    }, hiddenFor);
  } else if (!source) {
    open();
  }
}

let stopBack: () => void = () => undefined;

export function beginEvents(): void {
  stopBack();
  stopBack = whenBack(open);
  document.addEventListener("visibilitychange", onVisibility);
  readRecent().catch(() => undefined).finally(open);
}

export function endEvents(): void {
  stopBack();
  clearTimeout(resting);
  document.removeEventListener("visibilitychange", onVisibility);
  source?.close();
  source = null;
  last = 0;
  recent.set([]);
}
