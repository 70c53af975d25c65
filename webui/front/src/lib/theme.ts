// SPDX-License-Identifier: GPL-2.0-or-later
import { remember, remembered } from "./keep";
import { makeStore } from "./store";

export type Theme = "system" | "light" | "dark";

function asTheme(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

export const theme = makeStore<Theme>(asTheme(remembered("theme")));

const dark = () => matchMedia("(prefers-color-scheme: dark)");

// The style sheet knows the two that there are.
function show(): void {
  const value = theme.get();
  document.documentElement.dataset.theme = value === "system" ? (dark().matches ? "dark" : "light") : value;
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
