// SPDX-License-Identifier: GPL-2.0-or-later
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Peer } from "../../lib/types";
import { FailingChecks, sayDone } from "../../ui/ask";
import { UserInput } from "../../things/user-input";
import { ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Changes } from "../../ui/changes";
import { Dialog } from "../../ui/dialog";
import { CheckField, given, hasOther, ListField, problemsOf, SelectField, TextField, useDryRun } from "../../ui/form";
import { differing } from "../instance/patch-form";

interface Draft {
  name: string;
  subnets: string[];
  user: string;
  groups: string[];
  routeAll: boolean;
  keepalive: string;
  expires: string; // "keep": as it is
}

// As they are written: real=mapped where they are mapped.
function writtenSubnets(peer: Peer): string[] {
  return peer.subnets.map((subnet) => {
    const mapped = peer.mapped.find((each) => each.mapped === subnet);
    return mapped ? `${mapped.real}=${mapped.mapped}` : subnet;
  });
}

function draftOf(peer: Peer): Draft {
  return {
    name: peer.name,
    subnets: writtenSubnets(peer),
    user: peer.user ?? "",
    groups: peer.groups,
    routeAll: peer.route_all,
    keepalive: String(peer.keepalive),
    expires: "keep",
  };
}

function bodyOf(peer: Peer, draft: Draft): Record<string, unknown> {
  return {
    name: draft.name.trim(),
    ...(peer.type === "site" ? { subnets: given(draft.subnets) } : { route_all: draft.routeAll }),
    user: draft.user.trim() || null,
    groups: given(draft.groups),
    keepalive: Number(draft.keepalive) || 0,
    ...(draft.expires !== "keep" && { expires_in: draft.expires === "never" ? null : draft.expires }),
  };
}

const fields = ["name", "subnets", "user", "groups", "route_all", "keepalive", "expires_in"];

export function PeerEdit({ peer, etag, onClose }: { peer: Peer; etag: string | null; onClose: () => void }) {
  const [first] = useState(() => ({ peer, etag }));
  const [draft, setDraft] = useState(() => draftOf(peer));
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const before = bodyOf(first.peer, draftOf(first.peer));
  const body = differing(before, bodyOf(first.peer, draft));
  const path = pathOf("instances", peer.instance_id, "peers", peer.id);
  const request: Request | null = Object.keys(body).length > 0 ? { method: "PATCH", path, body } : null;
  const judged = useDryRun<Peer>(request);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const change = (part: Partial<Draft>) => {
    setRefused(null);
    key.current = makeKey();
    setDraft({ ...draft, ...part });
  };
  const save = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const answer = await ask<Peer>({ ...request, etag: first.etag, force, key: key.current });
      // A time that was set can't be set back to what it was.
      const back = Object.fromEntries(Object.keys(body).filter((name) => name in before).map((name) => [name, before[name]]));
      const undo: Request | undefined = "expires_in" in body ? undefined : { method: "PATCH", path, body: back };
      onClose();
      sayDone({ said: t("peer_changed", { name: answer.body.name }), undo, refresh: pathOf("instances", peer.instance_id) }, answer.body);
    } catch (error) {
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("edit_title", { name: peer.name })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind={force ? "danger" : "main"} disabled={!request || (!judged.plan && !force)} busy={busy} onClick={() => void save()}>
            {force ? t("all_the_same", { verb: t("save") }) : t("save")}
          </Button>
        </>
      }
    >
      <div class="form">
        <TextField label={t("name")} value={draft.name} onInput={(name) => change({ name })} wrong={problemsOf(problem, "name")} onWould={(name) => change({ name })} />
        {peer.type === "site" ? (
          <ListField field="subnets" label={t("field_subnets")} hint={t("subnets_hint")} values={draft.subnets} onChange={(subnets) => change({ subnets })} wrong={problemsOf(problem, "subnets")} itemName={t("network")} addLabel={t("add_network")} />
        ) : (
          <CheckField label={t("field_route_all")} hint={t("tunnel_full_text")} checked={draft.routeAll} onChange={(routeAll) => change({ routeAll })} />
        )}
        <UserInput value={draft.user} onInput={(user) => change({ user })} wrong={problemsOf(problem, "user")} />
        <ListField field="groups" label={t("field_groups")} optional mono={false} values={draft.groups} onChange={(groups) => change({ groups })} wrong={problemsOf(problem, "groups")} itemName={t("group")} addLabel={t("add_group")} />
        <SelectField
          label={t("expires")}
          value={draft.expires}
          onChange={(expires) => change({ expires })}
          wrong={problemsOf(problem, "expires_in")}
          options={[
            ["keep", t("expires_keep")],
            ["never", t("never_expires")],
            ["12h", t("in_hours", { n: 12 })],
            ["7d", t("in_days", { n: 7 })],
            ["30d", t("in_days", { n: 30 })],
            ["90d", t("in_days", { n: 90 })],
            ["365d", t("in_days", { n: 365 })],
          ]}
        />
        <TextField label={t("field_keepalive")} narrow inputMode="numeric" value={draft.keepalive} onInput={(keepalive) => change({ keepalive })} wrong={problemsOf(problem, "keepalive")} />
        {problem && force && <FailingChecks problem={problem} />}
        {problem && hasOther(problem, fields) && <ProblemNote problem={problem} />}
        {request && judged.plan && (
          <div class="stack-s">
            <h3>{t("changes_title")}</h3>
            <Changes changes={judged.plan.changes} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
