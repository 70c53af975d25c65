// SPDX-License-Identifier: GPL-2.0-or-later
// Peers that may need attention: those of instances with few peers, read once in a while and not at every event.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../lib/api";
import { pathOf } from "../../lib/router";
import type { Instance, Page, Peer } from "../../lib/types";

const fewPeers = 500;
const fewInstances = 40;
const every = 60000;

async function read(instances: Instance[], signal: AbortSignal): Promise<Peer[]> {
  const small = instances.filter((each) => each.peers.enabled > 0 && each.peers.total <= fewPeers).slice(0, fewInstances);
  const lists = await Promise.all(
    small.map((each) => get<Page<Peer>>(pathOf("instances", each.id, "peers"), { enabled: true, limit: 1000 }, signal).catch(() => null)),
  );
  return lists.flatMap((list) => list?.items ?? []);
}

export function usePeersOfConcern(instances: Instance[]): Peer[] {
  const [peers, setPeers] = useState<Peer[]>([]);
  const ids = instances.map((each) => each.id).join();
  useEffect(() => {
    if (!ids) return undefined;
    const stop = new AbortController();
    const look = () => void read(instances, stop.signal).then((found) => stop.signal.aborted || setPeers(found));
    const first = setTimeout(look, 300); // the page is drawn first
    const timer = setInterval(look, every);
    return () => {
      stop.abort();
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [ids]);
  return peers;
}
