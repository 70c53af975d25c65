// SPDX-License-Identifier: GPL-2.0-or-later
// What is built: small enough, and nothing that the page's own policy would refuse.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";

declare const FRONT: string;
const budget = 90 * 1024;
const folder = mkdtempSync(path.join(tmpdir(), "bundle-"));
const { bundle } = (await import(path.join(FRONT, "tools/bundle.mjs"))) as { bundle: (folder: string) => Promise<string[]> };
const read = await bundle(folder);
const assets = readdirSync(path.join(folder, "assets"));
const page = readFileSync(path.join(folder, "index.html"), "utf8");

after(() => rmSync(folder, { recursive: true }));

test("all scripts together are within their budget", () => {
  const sizes = assets.filter((name) => name.endsWith(".js")).map((name) => gzipSync(readFileSync(path.join(folder, "assets", name)), { level: 9 }).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`# scripts: ${total} bytes of ${budget}`);
  assert.ok(sizes.length > 1);
  assert.ok(total <= budget, `${total} bytes`);
});

test("the page holds no script or style of its own, and loads from nowhere else", () => {
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src=)|\bon\w+=|https?:/);
  assert.doesNotMatch(page, /\{[a-z-]+\}/);
  for (const [, name] of page.matchAll(/(?:href|src|data-\w+)="([^"]+)"/g)) {
    assert.ok(name && assets.includes(path.basename(name)), name);
  }
});

// Where people get the apps: links that they follow or not, and a name of SVG.
const named = new Set(["www.w3.org", "apps.apple.com", "play.google.com", "www.wireguard.com", "openvpn.net"]);

test("scripts make no code of texts, and name no other host", () => {
  for (const name of assets.filter((each) => each.endsWith(".js"))) {
    const text = readFileSync(path.join(folder, "assets", name), "utf8");
    assert.doesNotMatch(text, /\beval\(|new Function\(|setAttribute\("style"|dangerouslySetInnerHTML:[^_]/, name);
    const hosts = [...text.matchAll(/["'`]https?:\/\/([^"'`/]+)/g)].map((found) => found[1]).filter((host) => !named.has(host ?? ""));
    assert.deepEqual(hosts, [], name);
  }
});

test("styles load nothing from elsewhere", () => {
  for (const name of assets.filter((each) => each.endsWith(".css"))) {
    assert.doesNotMatch(readFileSync(path.join(folder, "assets", name), "utf8"), /url\((?!["']?data:)|@import/, name);
  }
});

test("every file is named after what is in it", () => {
  for (const name of assets) assert.match(name, /-[0-9A-Z]{8}\.(js|css|json|svg)$/);
});

test("what was read is told, for the build to know when to begin again", () => {
  for (const name of ["src/main.tsx", "src/texts/de.ts", "src/index.html", "src/style/tokens.css"]) assert.ok(read.includes(name), name);
});

test("the lock file names no registry", () => {
  for (const lock of [path.join(FRONT, "package-lock.json"), path.join(FRONT, "../../tests/browser/package-lock.json")]) {
    assert.doesNotMatch(readFileSync(lock, "utf8"), /"resolved"|registry/, lock);
  }
});
