// SPDX-License-Identifier: GPL-2.0-or-later

// A file that the page itself made.
export function saveFile(data: string | Blob, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([data], { type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
