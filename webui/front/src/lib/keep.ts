// SPDX-License-Identifier: GPL-2.0-or-later
// What a browser remembers for a person: the theme, the language. Nothing else is kept in it.

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`warren.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`warren.${name}`);
    else localStorage.setItem(`warren.${name}`, value);
  } catch {
    // A browser that keeps nothing: the choice holds until the page is closed.
  }
}
