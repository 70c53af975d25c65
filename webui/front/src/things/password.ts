// SPDX-License-Identifier: GPL-2.0-or-later
// How long a password would last: length counts, sameness does not.

export type Strength = "short" | "weak" | "good";
export const passwordMinimum = 12;

export function passwordStrength(password: string): Strength {
  if ([...password].length < passwordMinimum) return "short";
  const different = new Set(password.toLowerCase()).size;
  return different < 6 || /^(.)\1+$|^\d+$/.test(password) ? "weak" : "good";
}

// Letters and digits that nobody takes for another one: 32 of them, 100 bits in four groups.
const letters = "abcdefghijkmnpqrstuvwxyz23456789";

export function makePassword(): string {
  const drawn = [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => letters[byte % letters.length]).join("");
  return (drawn.match(/.{5}/g) ?? []).join("-");
}
