// SPDX-License-Identifier: GPL-2.0-or-later
// Debian's Chromium, asking nobody for anything by itself.
import { chromium } from "playwright-core";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// It keeps pages that are left, as people's browsers do.
export function launch(more = []) {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: [...flags, ...more], ignoreDefaultArgs: ["--disable-back-forward-cache"] });
}
