// SPDX-License-Identifier: GPL-2.0-or-later
// The hub's settings as a change of them is asked for.
import type { Request } from "../lib/api";
import type { Setting } from "../lib/types";

export function settingName(setting: Pick<Setting, "section" | "key">): string {
  return `${setting.section}.${setting.key}`;
}

export function settingsRequest(values: Record<string, string>): Request {
  return { method: "PATCH", path: "/settings", body: { values } };
}
