// SPDX-License-Identifier: GPL-2.0-or-later
import { t, type TextKey } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { may, mayHub, nameOf } from "../lib/session";
import type { Role, Session, Status } from "../lib/types";
import { IconButton } from "../ui/button";
import { Icon, type IconName, Mark } from "../ui/icon";
import { ThemeSwitch } from "./switches";

interface Entry {
  href: string;
  text: TextKey;
  icon: IconName;
  role?: Role;
  hub?: boolean; // not for rights that are limited to some instances
}

interface Group {
  title: TextKey | null;
  entries: Entry[];
}

const groups: Group[] = [
  {
    title: null,
    entries: [
      { href: "/", text: "nav_overview", icon: "overview" },
      { href: "/instances", text: "nav_instances", icon: "instance" },
      { href: "/users", text: "nav_users", icon: "users", hub: true },
      { href: "/audit", text: "nav_audit", icon: "audit" },
    ],
  },
  {
    title: "nav_access",
    entries: [
      { href: "/admins", text: "nav_admins", icon: "shield", role: "owner", hub: true },
      { href: "/tokens", text: "nav_tokens", icon: "key" },
      { href: "/sessions", text: "nav_sessions", icon: "laptop" },
    ],
  },
  {
    title: "nav_hub",
    entries: [
      { href: "/settings", text: "nav_settings", icon: "settings", hub: true },
      { href: "/about", text: "nav_about", icon: "about" },
    ],
  },
];

function isCurrent(href: string, path: string): boolean {
  return href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
}

function allowed(entry: Entry): boolean {
  const role = entry.role ?? "auditor";
  return entry.hub ? mayHub(role) : may(role);
}

function NavLink({ entry, path, count }: { entry: Entry; path: string; count?: number }) {
  return (
    <li>
      <a class="nav-link" href={entry.href} aria-current={isCurrent(entry.href, path) ? "page" : undefined}>
        <Icon name={entry.icon} />
        {t(entry.text)}
        {count !== undefined && <span class="nav-count">{count}</span>}
      </a>
    </li>
  );
}

export function Side({ session, path, open, onClose }: { session: Session; path: string; open: boolean; onClose: () => void }) {
  const status = useResource<Status>("/status", { on: (event) => event.kind.startsWith("instance.") });
  return (
    <>
      {open && <button type="button" class="side-close" aria-label={t("close_menu")} onClick={onClose} />}
      <aside class="side" data-open={open} id="side" aria-label={t("side_label")}>
        <a class="brand" href="/">
          <Mark />
          <span class="stack-0">
            <span class="brand-name">{t("product")}</span> <span class="brand-region cut">{status.data?.region ?? "\u00a0"}</span>
          </span>
        </a>
        <nav class="stack" aria-label={t("nav_label")}>
          {groups.map((group) => {
            const entries = group.entries.filter(allowed);
            if (entries.length === 0) return null;
            return (
              <div key={group.title ?? "first"}>
                {group.title && <p class="nav-title">{t(group.title)}</p>}
                <ul class="nav-list">
                  {entries.map((entry) => (
                    <NavLink key={entry.href} entry={entry} path={path} count={entry.href === "/instances" ? status.data?.instances.total : undefined} />
                  ))}
                </ul>
              </div>
            );
          })}
        </nav>
        <div class="side-foot">
          <a class="who grow" href="/account">
            <span class="who-sign" aria-hidden="true">
              {nameOf(session).slice(0, 1)}
            </span>
            <span class="stack-0 grow">
              <span class="cut who-name">{nameOf(session)}</span>
              <span class="muted small who-role">{t(`role_${session.role}`)}</span>
            </span>
          </a>
          <ThemeSwitch />
        </div>
      </aside>
    </>
  );
}

export function Top({ open, onOpen }: { open: boolean; onOpen: () => void }) {
  return (
    <header class="top">
      <a class="brand" href="/">
        <Mark size={24} />
        {t("product")}
      </a>
      <IconButton icon={open ? "cross" : "menu"} label={open ? t("close_menu") : t("open_menu")} expanded={open} onClick={onOpen} />
    </header>
  );
}
