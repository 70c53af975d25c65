// SPDX-License-Identifier: GPL-2.0-or-later
// Every setting of the hub.
import { t, tMaybe } from "../../lib/i18n";
import { reload } from "../../lib/resource";
import type { Setting } from "../../lib/types";
import { Card, ProblemNote, Waits } from "../../ui/bits";
import { SettingsArea, useSettings } from "./area";
import { SettingList } from "./setting-list";

function sections(settings: Setting[]): [string, Setting[]][] {
  const found = new Map<string, Setting[]>();
  for (const setting of settings) found.set(setting.section, [...(found.get(setting.section) ?? []), setting]);
  return [...found];
}

export function SettingsPage() {
  const settings = useSettings();
  return (
    <SettingsArea>
      {settings.problem && !settings.data && <ProblemNote problem={settings.problem} onRetry={() => reload("/settings")} />}
      {!settings.data && !settings.problem && (
        <div class="card">
          <Waits what={t("waits_settings")} />
        </div>
      )}
      {sections(settings.data?.items ?? []).map(([section, items]) => (
        <Card key={section} title={tMaybe(`section_${section}`, section)} bare>
          <SettingList settings={items} />
        </Card>
      ))}
    </SettingsArea>
  );
}
