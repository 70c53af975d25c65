// SPDX-License-Identifier: GPL-2.0-or-later
// One verb for many peers: what will change first, then one after another, with what was refused.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ask, asProblem, dryRun, makeKey, type Request } from "../../lib/api";
import { hubText } from "../../lib/hub-text";
import { t, type TextKey } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Peer } from "../../lib/types";
import { Note, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { changeText } from "../../ui/changes";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/form";
import { toast } from "../../ui/toast";

export type BulkVerb = "enable" | "disable" | "delete";

interface Refusal {
  name: string;
  why: string;
}

const titles: Record<BulkVerb, TextKey> = { enable: "bulk_enable", disable: "bulk_disable", delete: "bulk_delete" };
const texts: Record<BulkVerb, TextKey> = { enable: "bulk_enable_text", disable: "bulk_disable_text", delete: "bulk_delete_text" };
const said: Record<BulkVerb, TextKey> = { enable: "bulk_enabled", disable: "bulk_disabled", delete: "bulk_deleted" };
const atOnce = 4;
const listed = 100;
const telling = ["enabled", "expired", "subnets"];

export function bulkRequest(verb: BulkVerb, peer: Peer): Request {
  const path = pathOf("instances", peer.instance_id, "peers", peer.id);
  return verb === "delete" ? { method: "DELETE", path } : { method: "POST", path: `${path}/${verb}`, body: {} };
}

// Those that the verb changes at all.
export function touched(verb: BulkVerb, peers: Peer[]): Peer[] {
  if (verb === "delete") return peers;
  return peers.filter((peer) => peer.enabled !== (verb === "enable"));
}

// Of each in its turn, some at a time.
async function each(peers: Peer[], work: (peer: Peer) => Promise<void>, stop: () => boolean): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < peers.length && !stop()) {
      const peer = peers[next++];
      if (peer) await work(peer);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function doAll(verb: BulkVerb, peers: Peer[], told: (done: number) => void, stop: () => boolean): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  let done = 0;
  const work = async (peer: Peer) => {
    try {
      await ask({ ...bulkRequest(verb, peer), key: makeKey() });
    } catch (error) {
      refused.push({ name: peer.name, why: asProblem(error).detail });
    }
    told(++done);
  };
  await each(peers, work, stop);
  return refused;
}

interface Plan {
  text: string;
  refused: boolean;
}

// What the hub says that would become of each, of those that are listed.
function usePlans(verb: BulkVerb, peers: Peer[]): Map<string, Plan> | null {
  const [plans, setPlans] = useState<Map<string, Plan> | null>(null);
  useEffect(() => {
    let left = false;
    const found = new Map<string, Plan>();
    const judge = async (peer: Peer) => {
      try {
        const { changes } = await dryRun(bulkRequest(verb, peer));
        const text = verb === "delete" ? "" : changes.filter(({ field }) => telling.includes(field)).map(changeText).join("; ");
        found.set(peer.id, { text, refused: false });
      } catch (error) {
        const problem = asProblem(error);
        found.set(peer.id, { text: hubText(problem.errors[0]?.wrong ?? problem.detail), refused: true });
      }
    };
    void each(peers.slice(0, listed), judge, () => left).then(() => !left && setPlans(found));
    return () => {
      left = true;
    };
  }, []);
  return plans;
}

function undo(verb: BulkVerb, peers: Peer[]): (() => void) | undefined {
  if (verb === "delete") return undefined;
  const back = verb === "enable" ? "disable" : "enable";
  return () => void doAll(back, peers, () => undefined, () => false).then(() => toast(t("undone")));
}

export function BulkDialog({ verb, peers, onClose }: { verb: BulkVerb; peers: Peer[]; onClose: (done: boolean) => void }) {
  const targets = useMemo(() => touched(verb, peers), []);
  const [done, setDone] = useState<number | null>(null);
  const [refused, setRefused] = useState<Refusal[] | null>(null);
  const [typed, setTyped] = useState("");
  const plans = usePlans(verb, targets);
  const stopped = useRef(false);
  const word = String(targets.length);
  const run = async () => {
    setDone(0);
    const failed = await doAll(verb, targets, setDone, () => stopped.current);
    const good = targets.filter((peer) => !failed.some(({ name }) => name === peer.name));
    if (good.length > 0) toast(t(said[verb], { n: good.length }), { undo: undo(verb, good) });
    if (failed.length === 0) onClose(true);
    else setRefused(failed);
  };
  const close = () => {
    stopped.current = true;
    onClose(done !== null);
  };
  const ready = targets.length > 0 && plans !== null && (verb !== "delete" || typed === word);
  return (
    <Dialog
      title={t(titles[verb], { n: targets.length })}
      onClose={close}
      foot={
        <>
          <Button onClick={close}>{refused ? t("close") : t("cancel")}</Button>
          {!refused && (
            <Button kind={verb === "delete" ? "danger" : "main"} disabled={!ready} busy={done !== null} onClick={() => void run()}>
              {done === null ? t(verb) : t("bulk_progress", { done, n: targets.length })}
            </Button>
          )}
        </>
      }
    >
      <p class="second">{targets.length === 0 ? t("bulk_nothing") : t(texts[verb])}</p>
      {targets.length < peers.length && targets.length > 0 && <p class="muted">{t("bulk_untouched", { n: peers.length - targets.length })}</p>}
      {!refused && targets.length > 0 && !plans && <Waits what={t("waits_dry_run")} />}
      {!refused && targets.length > 0 && plans && (
        <ul class="bulk-names" tabIndex={0} aria-label={t("chosen", { n: targets.length })}>
          {targets.slice(0, listed).map((peer) => (
            <li key={peer.id}>
              {peer.name} <span class={plans.get(peer.id)?.refused ? "small bad-text" : "small muted"}>{plans.get(peer.id)?.text}</span>
            </li>
          ))}
          {targets.length > listed && <li class="muted">{t("and_more", { n: targets.length - listed })}</li>}
        </ul>
      )}
      {verb === "delete" && !refused && <TextField label={t("type_count", { count: word })} value={typed} onInput={setTyped} narrow inputMode="numeric" />}
      {refused && (
        <Note tone="bad" live>
          {t("bulk_refused", { n: refused.length })}
          <ul>
            {refused.slice(0, 20).map(({ name, why }) => (
              <li key={name}>
                <strong>{name}</strong>: {hubText(why)}
              </li>
            ))}
          </ul>
        </Note>
      )}
    </Dialog>
  );
}
