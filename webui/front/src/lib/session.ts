// SPDX-License-Identifier: GPL-2.0-or-later
// Who is signed in, and what they may do.
import { ask, get, Problem, whenUnauthorised } from "./api";
import { beginEvents, endEvents, renewEvents, tellSession, whenOthersTell } from "./events";
import { forgetAll, reloadBelow } from "./resource";
import { makeStore } from "./store";
import type { Role, Session, Setup } from "./types";

export type Standing =
  | { state: "unknown" }
  | { state: "away"; problem: Problem }
  | { state: "setup" } // no owner yet
  | { state: "out"; ended?: boolean } // ended: a moment ago, and not by the person
  | { state: "in"; session: Session };

export const standing = makeStore<Standing>({ state: "unknown" });

const rank: Record<Role, number> = { auditor: 0, operator: 1, owner: 2 };

export function nameOf(session: Session): string {
  return session.admin?.name ?? session.who;
}

export function sessionOf(at: Standing): Session | null {
  return at.state === "in" ? at.session : null;
}

export function may(role: Role): boolean {
  const session = sessionOf(standing.get());
  return session !== null && rank[session.role] >= rank[role];
}

// Rights that are limited to some instances reach nothing of the hub as a whole.
export function mayHub(role: Role): boolean {
  return may(role) && !sessionOf(standing.get())?.limited;
}

// Who is not in is no surprise at a page's begin: nothing is asked for that would be refused.
async function whoAsks(): Promise<Standing> {
  if (standing.get().state !== "in") {
    const { needed, signed_in: signedIn } = await get<Setup>("/setup");
    if (needed) return { state: "setup" };
    if (!signedIn) return { state: "out" };
  }
  return { state: "in", session: await get<Session>("/session") };
}

let newest = 0;

// `by`: who made another session than the one before, this tab or another one. Of several that ask at once the one that
// asked last knows: what an earlier one hears may be of a session that is another one by now.
export async function findStanding(by?: "here" | "elsewhere"): Promise<void> {
  const mine = ++newest;
  try {
    const now = await whoAsks();
    if (by === "here") tellSession();
    if (mine !== newest) return;
    const before = standing.get().state;
    // Who is out already stays so, and why.
    if (now.state !== before || now.state === "in") standing.set(now);
    if (now.state !== "in") return;
    if (before !== "in") beginEvents();
    else if (by) {
      renewEvents();
      reloadBelow("/");
    }
  } catch (error) {
    if (mine !== newest) return;
    const problem = error instanceof Problem ? error : new Problem(-1, "page", String(error));
    if (problem.status === 401 && standing.get().state === "in") {
      signedOut(true);
    } else if (problem.status === 401) {
      if (standing.get().state !== "out") standing.set({ state: "out" });
    } else if (standing.get().state !== "in") {
      standing.set({ state: "away", problem });
    }
  }
}

// By a form: a browser that keeps no cookie is not in after all, and is told so.
export async function signedIn(): Promise<void> {
  await findStanding("here");
  if (standing.get().state === "out") await findStanding("elsewhere");
  if (standing.get().state === "out") throw new Problem(-1, "no-cookie", "");
}

export function signedOut(ended = false): void {
  newest++;
  endEvents();
  forgetAll();
  standing.set({ state: "out", ended });
}

export async function signOut(): Promise<void> {
  await ask({ method: "DELETE", path: "/session" }).catch(() => undefined);
  tellSession();
  signedOut();
}

// A request that was under way when the session was renewed is refused, and says nothing about the new one.
async function lookAgain(): Promise<void> {
  await findStanding();
  if (standing.get().state === "in") reloadBelow("/");
}

let looking: Promise<void> | null = null;

export function beginSession(): void {
  whenUnauthorised(() => {
    if (standing.get().state === "in") looking ??= lookAgain().finally(() => (looking = null));
  });
  whenOthersTell(() => void findStanding("elsewhere"));
  void findStanding();
}
