// SPDX-License-Identifier: GPL-2.0-or-later
// What is asked of a new instance.
import { t } from "../lib/i18n";
import type { Problem } from "../lib/api";
import type { Instance } from "../lib/types";
import { problemsOf, TextField } from "../ui/form";
import { labelOf } from "./label";

export interface InstanceDraft {
  name: string;
  hostname: string;
  named: boolean; // the hostname was typed, and no longer follows the name
}

export const emptyInstance: InstanceDraft = { name: "", hostname: "", named: false };

export function instanceBody(draft: InstanceDraft): Record<string, unknown> {
  return { name: draft.name.trim(), hostname: draft.hostname.trim() };
}

export function InstanceNameFields({
  draft,
  onChange,
  problem,
  would,
}: {
  draft: InstanceDraft;
  onChange: (draft: InstanceDraft) => void;
  problem: Problem | null;
  would: Partial<Instance> | null;
}) {
  const publicName = would?.public_name;
  return (
    <>
      <TextField
        label={t("instance_name")}
        hint={t("instance_name_hint")}
        value={draft.name}
        autofocus
        required
        wrong={draft.name ? problemsOf(problem, "name") : []}
        onInput={(name) => onChange({ ...draft, name, hostname: draft.named ? draft.hostname : labelOf(name) })}
        onWould={(name) => onChange({ ...draft, name })}
      />
      <TextField
        label={t("instance_hostname")}
        hint={publicName ? t("instance_hostname_public", { name: publicName }) : t("instance_hostname_hint")}
        value={draft.hostname}
        mono
        required
        wrong={draft.hostname ? problemsOf(problem, "hostname") : []}
        onInput={(hostname) => onChange({ ...draft, hostname, named: true })}
        onWould={(hostname) => onChange({ ...draft, hostname, named: true })}
      />
    </>
  );
}
