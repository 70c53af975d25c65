// SPDX-License-Identifier: GPL-2.0-or-later
// What happens on the hub, as it happens: one stream for all of a browser's tabs, since it has six connections for a
// hub and no more. One tab leads: it has the lock, and the stream, and passes on what comes. A tab that is left, or that
// nobody has looked at for a while, gives both back; the next in line takes up where the stream broke off.
import { base, get, link } from "./api";
import { askNow, whenBack } from "./link";
import { makeStore } from "./store";
import type { HubEvent } from "./types";

// What tabs tell each other.
interface Word {
  event?: HubEvent;
  after?: number; // the event before it: who missed one reads it
  lost?: boolean; // the stream broke off
  session?: boolean; // somebody signed in or out
}

const name = "warren.events";
const kept = 200;
const hiddenFor = 15000;

export const recent = makeStore<HubEvent[]>([]); // newest first
const listeners = new Set<(event: HubEvent) => void>();
let channel: BroadcastChannel | null = null;
let source: EventSource | null = null;
let turn: AbortController | null = null; // of the tab that waits for the lock, or has it
let leads = false;
let last = 0;
let resting: ReturnType<typeof setTimeout> | undefined;
let stop: AbortController | null = null; // of what is listened to while somebody is signed in
let onOthers: () => void = () => undefined;

export function whenEvent(told: (event: HubEvent) => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

function tell(word: Word): void {
  channel?.postMessage(word);
}

function take(event: HubEvent): void {
  if (typeof event.id !== "number" || event.id <= last) return;
  last = event.id;
  recent.set([event, ...recent.get()].slice(0, kept));
  for (const told of [...listeners]) told(event);
}

function onMessage(message: MessageEvent<string>): void {
  try {
    const event = JSON.parse(message.data) as HubEvent;
    tell({ event, after: last });
    take(event);
  } catch {
    // Not an event: a newer hub may say more than we know.
  }
}

function close(): void {
  source?.close();
  source = null;
}

function open(): void {
  close();
  source = new EventSource(`${base}/events${last ? `?after=${last}` : ""}`);
  source.onmessage = onMessage;
  source.onerror = () => {
    close();
    tell({ lost: true });
    link.set("away"); // the hub is asked whether it is still there, and whether we are
  };
}

async function lead(mine: AbortController): Promise<void> {
  if (mine.signal.aborted) return;
  leads = true;
  open();
  await new Promise((resolve) => mine.signal.addEventListener("abort", resolve));
}

// In line for the stream.
function follow(): void {
  clearTimeout(resting);
  if (turn || !stop) return;
  const mine = (turn = new AbortController());
  if (navigator.locks) navigator.locks.request(name, { signal: mine.signal }, () => lead(mine)).catch(() => undefined);
  else void lead(mine);
}

function rest(): void {
  clearTimeout(resting);
  turn?.abort();
  turn = null;
  leads = false;
  close();
}

// Those of a moment ago, so that the list does not begin empty; later those that were missed.
async function read(): Promise<void> {
  const list = await get<{ items: HubEvent[] }>("/events", { follow: false, limit: last ? 1000 : 50, after: last || null });
  for (const event of list.items) take(event);
}

function readMissed(): void {
  read().catch(() => undefined);
}

function onWord({ data }: MessageEvent<Word>): void {
  if (data.session) onOthers();
  if (!stop) return;
  if (data.lost) link.set("away");
  if (data.event && (data.after ?? 0) > last) readMissed();
  else if (data.event) take(data.event);
}

function onVisibility(): void {
  clearTimeout(resting);
  if (document.hidden) resting = setTimeout(rest, hiddenFor);
  else if (!turn) {
    follow();
    readMissed();
  }
}

// A page that is left may be kept by the browser, connections and all, and may be come back to.
function onShow(event: PageTransitionEvent): void {
  if (!event.persisted) return;
  follow();
  askNow();
}

export function beginEvents(): void {
  endEvents();
  const mine = (stop = new AbortController());
  const { signal } = mine;
  signal.addEventListener("abort", whenBack(() => (leads ? open() : readMissed())));
  document.addEventListener("visibilitychange", onVisibility, { signal });
  window.addEventListener("pagehide", rest, { signal });
  window.addEventListener("pageshow", onShow, { signal });
  read()
    .catch(() => undefined)
    .finally(() => {
      if (stop !== mine) return;
      follow();
      onVisibility();
    });
}

export function endEvents(): void {
  stop?.abort();
  stop = null;
  rest();
  last = 0;
  recent.set([]);
}

/* ---- sessions: all tabs have the same one ---- */

// Of a session that ended the stream says nothing any more.
export function renewEvents(): void {
  rest();
  follow();
}

export function tellSession(): void {
  tell({ session: true });
}

export function whenOthersTell(told: () => void): void {
  onOthers = told;
  if (channel || typeof BroadcastChannel === "undefined") return;
  channel = new BroadcastChannel(name);
  channel.onmessage = onWord;
}
