// SPDX-License-Identifier: GPL-2.0-or-later
// What stands around a page of people who are not signed in.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../lib/i18n";
import { Mark } from "../ui/icon";
import { LanguageSwitch, ThemeSwitch } from "./switches";

export function Plain({ title, lead, wide, children }: { title: string; lead?: string; wide?: boolean; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · ${t("product")}`;
  }, [title]);
  return (
    <main class="plain">
      <div class="plain-box" data-wide={wide}>
        <div class="stack">
          <Mark size={36} />
          <div class="stack-s">
            <h1>{title}</h1>
            {lead && <p class="second">{lead}</p>}
          </div>
        </div>
        {children}
      </div>
      <div class="plain-foot">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </main>
  );
}
