// SPDX-License-Identifier: GPL-2.0-or-later
// Refusals that people meet often are told in their language; the others in the hub's own words.
import type { Problem } from "./api";
import { hubText } from "./hub-text";
import { tMaybe } from "./i18n";

export function problemText(problem: Problem): string {
  return tMaybe(`problem_${problem.type.replaceAll("-", "_")}`, hubText(problem.detail));
}
