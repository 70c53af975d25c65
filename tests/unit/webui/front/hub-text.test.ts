// SPDX-License-Identifier: GPL-2.0-or-later
// What the hub says is found by its words, and those are the ones in the hub's sources.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { hubText, setSayings } from "../../../../webui/front/src/lib/hub-text";
import { sayings } from "../../../../webui/front/src/texts/hub-de";

declare const FRONT: string;

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? sourcesBelow(name) : name.endsWith(".c") ? [readFileSync(name, "utf8")] : [];
  });
}

// What stands between the conversions of a format, its literals joined as the compiler does.
function wordsOf(source: string): string[] {
  const joined = source.replace(/(?<!\\)"\s*"/g, "").replace(/" PRI\w+ "/g, "u");
  return [...joined.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].flatMap(([, text = ""]) => text.replaceAll('\\"', '"').split(/%[-+ #0-9.*]*(?:hh|h|ll|l|z|j)?[diuoxXcsp]|%/));
}

const words = new Set(
  ["hub", "peers", "profiles"]
    .flatMap((folder) => sourcesBelow(path.join(FRONT, "../..", folder)))
    .flatMap(wordsOf)
    .flatMap((word) => [word, ...word.split("; "), word.replace(/^[;:,] ?/, "")])
    .filter((word) => word.trim().length > 2),
);

// Is the text made of the hub's words alone? What it joins a sentence of may be words of their own: "site", "client".
function isTheirs(text: string): boolean {
  const reached = [true, ...Array<boolean>(text.length).fill(false)];
  for (let from = 0; from < text.length; from++) {
    if (!reached[from]) continue;
    for (let to = from + 1; to <= text.length; to++) if (words.has(text.slice(from, to)) || text.slice(from, to) === " ") reached[to] = true;
  }
  return reached[text.length] ?? false;
}

const holes = (text: string) => (text.match(/\{\w+\*?\}/g) ?? []).sort();

test("what is translated is what the hub says", () => {
  const pieces = (theirs: string) => theirs.split(/\{\w+\*?\}/).filter((piece) => piece.trim().length > 3);
  const unknown = sayings.filter(([theirs]) => !pieces(theirs).every(isTheirs));
  assert.deepEqual(
    unknown.map(([theirs]) => theirs),
    [],
  );
});

test("the search for the hub's words finds what is not among them", () => {
  assert.ok(isTheirs("the instance's OpenVPN servers are off"));
  assert.ok(!isTheirs("the instance's OpenVPN servers are out"));
});

test("a saying and its translation have the same holes, or the translation fewer", () => {
  for (const [theirs, ours] of sayings) for (const hole of holes(ours)) assert.ok(holes(theirs).includes(hole), ours);
});

test("no saying stands twice", () => {
  assert.equal(new Set(sayings.map(([theirs]) => theirs)).size, sayings.length);
});

test("what the hub says is told with what stood in its holes", () => {
  setSayings(sayings);
  assert.equal(hubText("overlaps 10.0.0.0/8 of the peer \"office\""), "überschneidet sich mit 10.0.0.0/8 von „office“");
  assert.equal(hubText("laptop is connected over WireGuard, last handshake just now, last seen 20s ago"), "laptop ist über WireGuard verbunden, letzter Handshake gerade eben, zuletzt gesehen vor 20s");
  assert.equal(hubText("packets of up to 1420 bytes fit through every tunnel of the instance; TCP is told so"), "Pakete bis 1420 Bytes passen durch jeden Tunnel der Instanz; TCP erfährt es");
  assert.equal(hubText("no address is translated: the other side sees the hub (10.0.0.1)"), "keine Adresse wird übersetzt: Die andere Seite sieht den Hub (10.0.0.1)");
  assert.equal(hubText("nobody has heard of this"), "nobody has heard of this");
  assert.equal(hubText("it was said by somebody 2 days ago"), "it was said by somebody 2 days ago");
  // All of it or nothing: no half sentences.
  assert.equal(hubText("TCP is told so; nobody has heard of this"), "TCP is told so; nobody has heard of this");
  setSayings([]);
  assert.equal(hubText("is missing"), "is missing");
});
