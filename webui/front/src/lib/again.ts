// SPDX-License-Identifier: GPL-2.0-or-later
// What would outlive a session that was left open takes a sign-in of a short while ago: the person signs in again, and
// what was asked for is asked once more.
import { get, whenStale } from "./api";
import { makeStore } from "./store";
import type { Session } from "./types";

export const signingIn = makeStore<((done: boolean) => void) | null>(null);
// How often somebody did: what was refused is judged anew.
export const signedInAgain = makeStore(0);
let running: Promise<boolean> | null = null;

// Whether the person did.
export function signInAgain(): Promise<boolean> {
  running ??= new Promise<boolean>((resolve) => signingIn.set(resolve)).then((done) => {
    running = null;
    signingIn.set(null);
    if (done) signedInAgain.set(signedInAgain.get() + 1);
    return done;
  });
  return running;
}

// Before a form that could not be sent otherwise: nobody fills it in for nothing.
export async function freshly(): Promise<boolean> {
  const session = await get<Session>("/session").catch(() => null);
  return session === null || session.fresh || signInAgain();
}

export function beginAgain(): void {
  whenStale(signInAgain);
}
