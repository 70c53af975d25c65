// SPDX-License-Identifier: GPL-2.0-or-later
// What is set for the whole hub: a tab for each part of it.
import type { ComponentChildren } from "preact";
import { t, type TextKey } from "../../lib/i18n";
import { type Resource, useResource } from "../../lib/resource";
import { place } from "../../lib/router";
import { useStore } from "../../lib/store";
import type { Box, Page as List, Setting } from "../../lib/types";
import { Page } from "../../shell/page";
import { ProblemNote, Tabs, Waits } from "../../ui/bits";

const tabs: [string, TextKey, boolean?][] = [
  ["/settings", "settings_all"],
  ["/settings/backups", "backups"],
  ["/settings/certificate", "certificate"],
  ["/settings/machine", "machine", true],
];

export function useBox(): Box | undefined {
  return useResource<Box>("/box").data;
}

export function useSettings(): Resource<List<Setting>> {
  return useResource<List<Setting>>("/settings", { on: (event) => event.kind === "settings.reloaded" });
}

export function useSection(section: string): Setting[] {
  return (useSettings().data?.items ?? []).filter((setting) => setting.section === section);
}

export function SettingsArea({ children }: { children: ComponentChildren }) {
  const { path } = useStore(place);
  const box = useBox();
  const shown = tabs.filter(([, , ofTheBox]) => !ofTheBox || box?.appliance);
  return (
    <Page title={t("nav_settings")} lead={t("settings_lead")} tabs={<Tabs label={t("nav_settings")} tabs={shown.map(([href, text]) => ({ href, label: t(text), current: href === path }))} />}>
      {children}
    </Page>
  );
}

// What was read, or why it was not.
export function Read<T>({ from, waits, children }: { from: Resource<T>; waits: string; children: (data: T) => ComponentChildren }) {
  if (from.data) return <>{children(from.data)}</>;
  return <div class="card">{from.problem ? <ProblemNote problem={from.problem} onRetry={from.reload} /> : <Waits what={waits} />}</div>;
}
