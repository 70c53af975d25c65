// SPDX-License-Identifier: GPL-2.0-or-later
// Why a sign-in was refused, and for how long the next one has to wait.
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../lib/api";
import { t } from "../lib/i18n";
import { problemText } from "../lib/problem";
import { Note } from "../ui/bits";

// Seconds that are left, told each second.
export function useWait(problem: Problem | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = Date.now() + (problem?.retryAfter ?? 0) * 1000;
    const look = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    look();
    const timer = problem?.retryAfter ? setInterval(look, 500) : undefined;
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}

export function Refusal({ problem, left }: { problem: Problem; left: number }) {
  if (problem.type === "wait" && left === 0) return <Note live>{t("wait_over")}</Note>;
  return (
    <Note tone="bad" live>
      {problemText(problem)}
      {problem.retryAfter !== null && <span class="hidden-text"> {t("wait_seconds", { n: problem.retryAfter })}</span>}
      {left > 0 && <span aria-hidden="true"> {t("wait_seconds", { n: left })}</span>}
    </Note>
  );
}
