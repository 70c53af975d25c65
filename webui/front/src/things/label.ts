// SPDX-License-Identifier: GPL-2.0-or-later

// A hostname label that a name suggests: "Acme Industries" is "acme-industries".
export function labelOf(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "");
  return plain.slice(0, 20).replace(/-+$/, "");
}
