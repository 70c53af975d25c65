// SPDX-License-Identifier: GPL-2.0-or-later
// Passkeys: the browser's own dialogue between what the hub asks and what it is answered.
import { ask, asProblem, Problem } from "../lib/api";

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
  if (!credential) throw new DOMException("", "NotAllowedError");
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

interface WantedNew {
  challenge: string;
  relying_party: { id: string; name: string };
  user: { id: string; name: string };
  algorithms: number[];
  exclude: string[];
  timeout: number;
  user_verification: UserVerificationRequirement;
}

// The device makes a key pair for the hub and keeps the private one; the hub is given the other.
export async function makePasskey(name: string): Promise<void> {
  const wanted = (await ask<WantedNew>({ method: "POST", path: "/admins/me/passkeys/options" })).body;
  const credential = (await navigator.credentials.create({
    publicKey: {
      challenge: bytesOf(wanted.challenge),
      rp: wanted.relying_party,
      user: { id: bytesOf(wanted.user.id), name: wanted.user.name, displayName: wanted.user.name },
      pubKeyCredParams: wanted.algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: wanted.exclude.map((id) => ({ type: "public-key", id: bytesOf(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: wanted.user_verification },
      timeout: wanted.timeout,
      attestation: "none",
    },
  })) as PublicKeyCredential | null;
  if (!credential) throw new DOMException("", "NotAllowedError");
  const response = credential.response as AuthenticatorAttestationResponse;
  await ask({
    method: "POST",
    path: "/admins/me/passkeys",
    body: {
      name,
      id: textOf(credential.rawId),
      client_data: textOf(response.clientDataJSON),
      authenticator_data: textOf(response.getAuthenticatorData()),
      public_key: textOf(response.getPublicKey() ?? new ArrayBuffer(0)),
    },
  });
}

// What a browser refuses by itself, as a problem.
export function deviceProblem(error: unknown): Problem {
  if (!(error instanceof DOMException)) return asProblem(error);
  return new Problem(-1, error.name === "InvalidStateError" ? "passkey-known" : error.name === "SecurityError" ? "passkey-place" : "passkey-cancelled", error.message);
}
