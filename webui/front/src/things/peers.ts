// SPDX-License-Identifier: GPL-2.0-or-later
// The peers of an instance as they are now: read page by page, then kept true by events, and by asking again for the
// live figures where they are few.
import { useEffect, useState } from "preact/hooks";
import { ask, asProblem, get, getAll, isAbort, type Problem } from "../lib/api";
import { whenEvent } from "../lib/events";
import { whenBack } from "../lib/link";
import { pathOf } from "../lib/router";
import type { Page, Peer } from "../lib/types";

export interface Rate {
  rx: number; // bytes a second, as the hub sees it
  tx: number;
}

export interface PeersNow {
  peers: Peer[];
  rates: Map<string, Rate>;
  complete: boolean; // all pages are there
  problem: Problem | null;
  reload: () => void;
}

const few = 300;
const pollEvery = 4000;
const firstPoll = 2200; // the hub reads its figures every 2 s: rates are there soon
const singly = 20; // so many changed peers are asked for one by one

export function rateBetween(before: Peer | undefined, after: Peer, seconds: number): Rate | null {
  if (!before || seconds <= 0) return null;
  const rx = after.rx_bytes - before.rx_bytes;
  const tx = after.tx_bytes - before.tx_bytes;
  return rx < 0 || tx < 0 ? null : { rx: rx / seconds, tx: tx / seconds };
}

class Peers {
  peers: Peer[] = [];
  rates = new Map<string, Rate>();
  complete = false;
  problem: Problem | null = null;
  private readAt = 0;
  private changed = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stop = new AbortController();

  constructor(
    private path: string,
    private told: () => void,
  ) {}

  async readAll(): Promise<void> {
    this.stop.abort();
    this.stop = new AbortController();
    const before = this.complete;
    try {
      await getAll<Peer>(
        this.path,
        {},
        (items, complete) => {
          // A list that stands is replaced when the new one is whole.
          if (before && !complete) return;
          this.peers = items;
          this.complete = complete;
          this.problem = null;
          this.readAt = Date.now();
          this.told();
        },
        this.stop.signal,
      );
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (isAbort(error)) return;
    this.problem = asProblem(error);
    this.told();
  }

  // The figures of few peers, in one request.
  async poll(): Promise<void> {
    if (!this.complete || this.peers.length > few || document.hidden) return;
    try {
      const page = await get<Page<Peer>>(this.path, { limit: 1000 }, this.stop.signal);
      const seconds = (Date.now() - this.readAt) / 1000;
      const old = new Map(this.peers.map((peer) => [peer.id, peer]));
      this.rates = new Map();
      for (const peer of page.items) {
        const rate = rateBetween(old.get(peer.id), peer, seconds);
        if (rate) this.rates.set(peer.id, rate);
      }
      this.peers = page.items;
      this.readAt = Date.now();
      this.told();
    } catch (error) {
      this.fail(error);
    }
  }

  hasChanged(peerId: string): void {
    this.changed.add(peerId);
    this.timer ??= setTimeout(() => void this.readChanged(), 200);
  }

  private async readChanged(): Promise<void> {
    const ids = [...this.changed];
    this.changed.clear();
    this.timer = undefined;
    if (ids.length > singly) {
      await this.readAll();
      return;
    }
    const signal = this.stop.signal;
    const found = await Promise.all(
      ids.map((id) => ask<Peer>({ path: `${this.path}/${id}`, signal }).then((answer) => answer.body).catch(() => null)),
    );
    if (signal.aborted) return;
    const news = new Map(ids.map((id, at) => [id, found[at] ?? null]));
    const known = new Set(this.peers.map((peer) => peer.id));
    this.peers = this.peers.map((peer) => (news.has(peer.id) ? news.get(peer.id) : peer)).filter((peer): peer is Peer => Boolean(peer));
    for (const peer of found) if (peer && !known.has(peer.id)) this.peers = [...this.peers, peer];
    this.told();
  }

  end(): void {
    this.stop.abort();
    clearTimeout(this.timer);
  }
}

export function usePeers(instanceId: string): PeersNow {
  const [, redraw] = useState(0);
  const [peers, setPeers] = useState<Peers | null>(null);
  useEffect(() => {
    const made = new Peers(pathOf("instances", instanceId, "peers"), () => redraw((count) => count + 1));
    setPeers(made);
    void made.readAll();
    const soon = setTimeout(() => void made.poll(), firstPoll);
    const timer = setInterval(() => void made.poll(), pollEvery);
    const stops = [
      whenBack(() => void made.readAll()),
      whenEvent((event) => {
        if (event.instance_id === instanceId && event.peer_id) made.hasChanged(event.peer_id);
      }),
    ];
    return () => {
      made.end();
      clearTimeout(soon);
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [instanceId]);
  return {
    peers: peers?.peers ?? [],
    rates: peers?.rates ?? new Map(),
    complete: peers?.complete ?? false,
    problem: peers?.problem ?? null,
    reload: () => void peers?.readAll(),
  };
}
