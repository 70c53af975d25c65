// SPDX-License-Identifier: GPL-2.0-or-later
// Signing in with a passkey: the browser's own dialogue between what the hub asks and what it is answered.
import { ask } from "../../lib/api";

interface Wanted {
  challenge: string;
  relying_party: string;
  timeout: number;
  user_verification: UserVerificationRequirement;
}

export function bytesOf(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

export function textOf(bytes: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function canPasskey(): boolean {
  return typeof window.PublicKeyCredential === "function" && window.isSecureContext;
}

export async function signWithPasskey(): Promise<void> {
  const wanted = (await ask<Wanted>({ method: "POST", path: "/session/passkey/options" })).body;
  const credential = (await navigator.credentials.get({
    publicKey: {
      challenge: bytesOf(wanted.challenge),
      rpId: wanted.relying_party,
      timeout: wanted.timeout,
      userVerification: wanted.user_verification,
    },
  })) as PublicKeyCredential | null;
  if (!credential) return;
  const response = credential.response as AuthenticatorAssertionResponse;
  await ask({
    method: "POST",
    path: "/session/passkey/verify",
    body: {
      id: textOf(credential.rawId),
      client_data: textOf(response.clientDataJSON),
      authenticator_data: textOf(response.authenticatorData),
      signature: textOf(response.signature),
    },
  });
}
