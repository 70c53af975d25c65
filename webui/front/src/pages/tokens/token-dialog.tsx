// SPDX-License-Identifier: GPL-2.0-or-later
// A new token, and the one time that it is shown.
import { useState } from "preact/hooks";
import type { Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { reloadBelow } from "../../lib/resource";
import { may } from "../../lib/session";
import type { Role, Token } from "../../lib/types";
import { ReachField, RoleField, roles } from "../../things/reach";
import { Code, Note } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { EditDialog, useEditor } from "../../ui/editor";
import { given, ListField, SelectField, TextField } from "../../ui/form";

interface Draft {
  name: string;
  role: Role;
  instances: string[] | null;
  lasts: string;
  sources: string[];
}

const fields = ["name", "role", "instances", "expires_in", "sources"];
const spans: [string, number][] = [
  ["1d", 1],
  ["7d", 7],
  ["30d", 30],
  ["90d", 90],
  ["365d", 365],
];

function requestOf(draft: Draft): Request | null {
  if (!draft.name.trim()) return null;
  const body = { name: draft.name.trim(), role: draft.role, instances: draft.instances, expires_in: draft.lasts === "never" ? null : draft.lasts, sources: given(draft.sources) };
  return { method: "POST", path: "/tokens", body };
}

function Made({ token, onClose }: { token: Token; onClose: () => void }) {
  return (
    <Dialog
      shownOnce
      title={t("token_made_title", { name: token.name })}
      onClose={onClose}
      foot={
        <Button kind="main" onClick={onClose}>
          {t("link_done")}
        </Button>
      }
    >
      <Note tone="ok">{t("token_made")}</Note>
      <Code wrap text={token.token ?? ""} what={t("token")} />
      <p class="second">{t("token_use")}</p>
      <Code wrap text={`curl -H 'Authorization: Bearer ${token.token}' ${window.location.origin}/api/v1/session`} what={t("command")} />
    </Dialog>
  );
}

const empty: Draft = { name: "", role: "auditor", instances: null, lasts: "90d", sources: [] };

export function TokenDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<Token | null>(null);
  const editor = useEditor<Draft, Token>(empty, (next) => (made ? null : requestOf(next)));
  const { draft, change, wrong } = editor;
  if (made) return <Made key="made" token={made} onClose={onClose} />;
  const lasts: [string, string][] = [...spans.map(([span, days]): [string, string] => [span, t("n_days", { n: days })]), ["never", t("token_no_end")]];
  return (
    <EditDialog
      key="make"
      wide
      title={t("token_add")}
      verb={t("token_add")}
      editor={editor}
      fields={fields}
      onClose={onClose}
      onMade={(token) => {
        setMade(token);
        reloadBelow("/tokens");
      }}
    >
      <TextField label={t("name")} hint={t("token_name_hint")} value={draft.name} required autofocus onInput={(name) => change({ name })} wrong={wrong("name")} />
      <RoleField value={draft.role} onChange={(role) => change({ role })} among={roles.filter(may)} />
      <ReachField value={draft.instances} onChange={(instances) => change({ instances })} wrong={[...wrong("role"), ...wrong("instances")]} />
      <SelectField label={t("token_lasts")} value={draft.lasts} onChange={(next) => change({ lasts: next })} options={lasts} wrong={wrong("expires_in")} />
      {draft.lasts === "never" && <Note tone="warn">{t("token_no_end_text")}</Note>}
      <ListField
        field="sources"
        label={t("token_sources")}
        hint={t("token_sources_hint")}
        optional
        values={draft.sources}
        onChange={(sources) => change({ sources })}
        wrong={wrong("sources")}
        placeholder="192.0.2.0/24"
        itemName={t("network")}
        addLabel={t("add_network")}
      />
    </EditDialog>
  );
}
