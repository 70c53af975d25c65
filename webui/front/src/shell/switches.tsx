// SPDX-License-Identifier: GPL-2.0-or-later
import { chooseLanguage, type Language, language, languages, t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { chooseTheme, type Theme, theme } from "../lib/theme";
import { IconButton } from "../ui/button";

const next: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const icons = { system: "system", light: "sun", dark: "moon" } as const;

export function ThemeSwitch() {
  const now = useStore(theme);
  const names: Record<Theme, string> = { system: t("theme_system"), light: t("theme_light"), dark: t("theme_dark") };
  return <IconButton icon={icons[now]} label={names[now]} onClick={() => chooseTheme(next[now])} />;
}

export function LanguageSwitch() {
  const now = useStore(language);
  return (
    <select class="input input-narrow" aria-label={t("language")} value={now} onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}>
      {Object.entries(languages).map(([key, name]) => (
        <option key={key} value={key} selected={key === now}>
          {name}
        </option>
      ))}
    </select>
  );
}
