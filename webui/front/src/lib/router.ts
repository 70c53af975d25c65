// SPDX-License-Identifier: GPL-2.0-or-later
// Where in the page we are: the address bar's path, and patterns such as "/instances/:instance".
import { makeStore } from "./store";

export interface Place {
  path: string;
  query: URLSearchParams;
  hash: string;
}

export type Parameters = Record<string, string>;

function here(): Place {
  const { pathname, search, hash } = window.location;
  return { path: pathname, query: new URLSearchParams(search), hash: hash.slice(1) };
}

export const place = makeStore<Place>(typeof window === "undefined" ? { path: "/", query: new URLSearchParams(), hash: "" } : here());

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// The pattern's parameters, or null. The last part may be "*": it takes all the rest.
export function match(pattern: string, path: string): Parameters | null {
  const wanted = pattern.split("/").filter(Boolean);
  const parts = path.split("/").filter(Boolean);
  const found: Parameters = {};
  for (const [at, part] of wanted.entries()) {
    if (part === "*") return found;
    const given = parts[at];
    if (given === undefined) return null;
    if (part.startsWith(":")) found[part.slice(1)] = decoded(given);
    else if (part !== given) return null;
  }
  return parts.length === wanted.length ? found : null;
}

// A path from its parts, each of which may hold anything.
export function pathOf(...parts: string[]): string {
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

export function navigate(to: string, options: { replace?: boolean; keepScroll?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.set(here());
  if (!options.replace && !options.keepScroll) window.scrollTo(0, 0);
}

// The query of the address bar, changed without a step of the history.
export function setQuery(values: Record<string, string | null>): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(window.location.pathname + (text ? `?${text}` : ""), { replace: true });
}

function isOurs(event: MouseEvent, link: HTMLAnchorElement): boolean {
  return (
    !event.defaultPrevented &&
    event.button === 0 &&
    !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) &&
    !link.target &&
    !link.hasAttribute("download") &&
    link.origin === window.location.origin &&
    !link.pathname.startsWith("/api/")
  );
}

function onClick(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.("a");
  // A link in a drawing has an SVG's href.
  const href = link?.getAttribute("href");
  if (!link || !href || !href.startsWith("/")) return;
  if (link instanceof HTMLAnchorElement && !isOurs(event, link)) return;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  navigate(href);
}

export function beginRouter(): void {
  window.addEventListener("popstate", () => place.set(here()));
  window.addEventListener("hashchange", () => place.set(here()));
  document.addEventListener("click", onClick);
}
