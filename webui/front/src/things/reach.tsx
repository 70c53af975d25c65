// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody's rights reach: a role, and all instances or some.
import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import type { Change, FieldProblem, Instance, Page, Role } from "../lib/types";
import { Waits } from "../ui/bits";
import { CheckField, Choices } from "../ui/form";
import type { IconName } from "../ui/icon";
import { Search } from "../ui/search";

export const roles: Role[] = ["owner", "operator", "auditor"];
const icons: Record<Role, IconName> = { owner: "shield", operator: "edit", auditor: "search" };

export function RoleField({ value, onChange, among = roles }: { value: Role; onChange: (role: Role) => void; among?: Role[] }) {
  return (
    <Choices
      label={t("role")}
      value={value}
      onChange={onChange}
      choices={among.map((role) => ({ value: role, title: t(`role_${role}`), text: t(`role_${role}_text`), icon: icons[role] }))}
    />
  );
}

export function useInstances(): Instance[] | undefined {
  return useResource<Page<Instance>>("/instances?limit=1000", { on: (event) => event.kind.startsWith("instance.") }).data?.items;
}

const many = 8; // from so many on there is a search

// `value` null: all of them.
export function ReachField({ value, onChange, wrong }: { value: string[] | null; onChange: (value: string[] | null) => void; wrong: FieldProblem[] }) {
  const instances = useInstances();
  const [search, setSearch] = useState("");
  const shown = (instances ?? []).filter((each) => each.name.toLowerCase().includes(search.toLowerCase()));
  const toggle = (id: string, on: boolean) => onChange(on ? [...(value ?? []), id] : (value ?? []).filter((each) => each !== id));
  return (
    <>
      <Choices
        label={t("reach")}
        value={value === null ? "all" : "some"}
        onChange={(next) => onChange(next === "all" ? null : [])}
        choices={[
          { value: "all", title: t("reach_all"), text: t("reach_all_text") },
          { value: "some", title: t("reach_some"), text: t("reach_some_text") },
        ]}
      />
      {value !== null && (
        <fieldset class="field">
          <legend class="field-label">{t("nav_instances")}</legend>
          {!instances && <Waits what={t("waits_instances")} />}
          {instances && instances.length > many && <Search value={search} onInput={setSearch} label={t("search_instances")} />}
          <div class="reach-list">
            {shown.map((each) => (
              <CheckField key={each.id} label={each.name} checked={value.includes(each.id)} onChange={(on) => toggle(each.id, on)} />
            ))}
            {instances && shown.length === 0 && <p class="muted">{search ? t("search_none") : t("instances_none")}</p>}
          </div>
          {value.length === 0 && <p class="field-hint">{t("reach_none")}</p>}
        </fieldset>
      )}
      {wrong.map((error) => (
        <p key={error.field + error.wrong} class="field-wrong">
          {error.wrong}
        </p>
      ))}
    </>
  );
}

function nameOf(id: string, instances: Instance[] | undefined): string {
  return instances?.find((each) => each.id === id)?.name ?? id;
}

export function reachText(value: string[] | null, instances: Instance[] | undefined): string {
  if (value === null) return t("reach_all");
  if (value.length === 0) return t("reach_nothing");
  const names = value.map((id) => nameOf(id, instances)).sort();
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} ${t("and_more", { n: names.length - 2 })}` : names.join(", ");
}

// A dry run's changes, with names instead of ids.
export function reachChanges(changes: Change[], instances: Instance[] | undefined): Change[] {
  const named = (value: unknown) => (value === null || Array.isArray(value) ? reachText(value as string[] | null, instances) : value);
  return changes.map((change) => (change.field === "instances" ? { ...change, before: named(change.before), after: named(change.after) } : change));
}
