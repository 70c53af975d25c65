// SPDX-License-Identifier: GPL-2.0-or-later
import { remember, remembered } from "./keep";
import { makeStore } from "./store";

export type Theme = "system" | "light" | "dark";

function asTheme(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

export const theme = makeStore<Theme>(asTheme(remembered("theme")));

// The style sheet follows the system unless the attribute says otherwise.
function show(value: Theme): void {
  if (value === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", value);
}

export function chooseTheme(value: Theme): void {
  remember("theme", value === "system" ? null : value);
  theme.set(value);
}

export function beginTheme(): void {
  theme.watch(show);
  show(theme.get());
}
