// SPDX-License-Identifier: GPL-2.0-or-later
import { remember, remembered } from "./keep";
import { makeStore } from "./store";

export type Theme = "system" | "light" | "dark";

function asTheme(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

export const theme = makeStore<Theme>(asTheme(remembered("theme")));

// What is shown of it: the system's may change meanwhile.
export const shade = makeStore<"light" | "dark">("light");
const dark = () => matchMedia("(prefers-color-scheme: dark)");

// The style sheet knows the two that there are.
function show(): void {
  const value = theme.get();
  const now = value === "system" ? (dark().matches ? "dark" : "light") : value;
  document.documentElement.dataset.theme = now;
  shade.set(now);
}

export function chooseTheme(value: Theme): void {
  remember("theme", value === "system" ? null : value);
  theme.set(value);
}

export function beginTheme(): void {
  theme.watch(show);
  dark().addEventListener("change", show);
  show();
}
