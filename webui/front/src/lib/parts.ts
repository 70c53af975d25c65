// SPDX-License-Identifier: GPL-2.0-or-later
// Files that go over the API in parts, both ways.
import { ask, get } from "./api";

const partSize = 131072;
const patience = 120000; // the last part is answered when all of it was looked at

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// `told` hears what share is over there. What a part is answered with may say what goes with the next one.
export async function sendParts<T>(path: string, file: Blob, told: (share: number) => void, signal: AbortSignal, withNext: (answer: T) => object = () => ({})): Promise<T> {
  let answer: T;
  let more = {};
  let offset = 0;
  do {
    const content = toBase64(new Uint8Array(await file.slice(offset, offset + partSize).arrayBuffer()));
    answer = (await ask<T>({ method: "POST", path, body: { ...more, offset, total: file.size, content }, signal, patience })).body;
    more = withNext(answer);
    offset = Math.min(file.size, offset + partSize);
    told(offset / file.size);
  } while (offset < file.size);
  return answer;
}

export async function fetchParts(path: string, told: (share: number) => void, signal: AbortSignal): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const part: { content: string; total: number; next: number | null } = await get(path, { offset }, signal);
    parts.push(fromBase64(part.content));
    offset = part.next;
    told(offset === null ? 1 : offset / part.total);
  }
  return new Blob(parts);
}
