// SPDX-License-Identifier: GPL-2.0-or-later
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../lib/i18n";

export interface Crumb {
  text: string;
  href: string;
}

interface PageProps {
  title: string;
  crumbs?: Crumb[];
  beside?: ComponentChildren; // the title: its state
  lead?: string;
  actions?: ComponentChildren;
  tabs?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, crumbs, beside, lead, actions, tabs, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${t("product")}`;
  }, [title]);
  return (
    <div class="page">
      <header class="page-head">
        {crumbs && (
          <nav aria-label={t("crumbs")}>
            <ol class="crumbs">
              {crumbs.map((crumb) => (
                <li key={crumb.href}>
                  <a href={crumb.href}>{crumb.text}</a>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <div class="page-head-line">
          <div class="page-title">
            <h1 tabIndex={-1}>{title}</h1>
            {beside}
          </div>
          {actions && <div class="line">{actions}</div>}
        </div>
        {lead && <p class="page-lead">{lead}</p>}
      </header>
      {tabs}
      {children}
    </div>
  );
}
