// SPDX-License-Identifier: GPL-2.0-or-later
// Changes are made in one place, which asks first with what the dry run says; and the page names all that it is made of.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parts } from "../../../../webui/front/src/pages/about/about";

declare const FRONT: string;
const src = path.join(FRONT, "src");

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : /\.tsx?$/.test(name) ? [name] : [];
  });
}

// Who asks the hub by itself for more than a look, and why nothing has to be shown before it.
const byThemselves: Record<string, string> = {
  "lib/link.ts": "asks whether the hub is there",
  "lib/parts.ts": "a file that a person chose, in parts",
  "lib/resource.ts": "reads what is shown",
  "lib/session.ts": "signs out",
  "pages/account/password-card.tsx": "the form says it all: the present and the new one",
  "pages/account/totp.tsx": "a secret that counts once it is confirmed",
  "pages/admins/admins.tsx": "reads a single admin",
  "pages/audit/audit.tsx": "verifies the record, and changes nothing",
  "pages/get/get.tsx": "opens a link, which says before how often it can be opened",
  "pages/instance/bulk.tsx": "many at once: shows what the dry run says of each",
  "pages/sessions/sessions.tsx": "ends the sessions that its dialog lists",
  "pages/settings/backups.tsx": "a passphrase has nothing to be shown; what a restore would bring is looked into first",
  "pages/setup/steps.tsx": "the first owner, where there is nobody who could be asked for; settings, judged as they are typed",
  "pages/user/delete.tsx": "shows what the dry run says of each choice",
  "things/passkey.ts": "what the device asks for itself",
  "things/peers.ts": "reads single peers",
  "things/sign-in-form.tsx": "signs in",
  "ui/ask.tsx": "the place",
  "ui/editor.tsx": "forms: the hub judges them as they are filled in",
};

test("changes are asked for in one place, or are known", () => {
  const asking = filesBelow(src).filter((name) => /import \{[^}]*\bask(?: as \w+)?\b[^}]*\} from "[./a-z]*\/api"/.test(readFileSync(name, "utf8")));
  assert.deepEqual(asking.map((name) => path.relative(src, name)).sort(), Object.keys(byThemselves).sort());
});

// Calls that no page makes, and why.
const notOfThePage: Record<string, string> = {
  "GET /openapi.json": "for programs",
  "GET /.well-known/acme-challenge/{challenge}": "asked by authorities",
  "GET /get/{file}": "asked by apps that fetch the file",
  "GET /instances/{instance}/firewall-checks/run": "the list says of each whether it holds",
  "POST /setup/link": "shown on the hub itself alone",
};

test("every call of the API has a place in the page", () => {
  const types = readFileSync(path.join(FRONT, "../../build-release/webui/api-types.ts"), "utf8");
  const calls = [...types.matchAll(/method: "(\w+)";\s+path: "([^"]+)";/g)].map(([, method = "", where = ""]) => ({ method, where }));
  assert.ok(calls.length > 80);
  const page = filesBelow(src).map((name) => readFileSync(name, "utf8")).join("\n");
  // Each word of its path that is no parameter: after a slash, or as a part that pathOf() joins; some verbs are put in.
  const verbs = ["enable", "disable", "reboot", "confirm", "rollback"];
  const isThere = (word: string) => new RegExp(`/${word}(?=["\`?/$])|pathOf\\([^)]*"${word}"`).test(page) || (verbs.includes(word) && page.includes(`"${word}"`));
  const words = (where: string) => where.split("/").filter((word) => word && !word.startsWith("{"));
  const missing = calls.map(({ method, where }) => `${method} ${where}`).filter((call) => !words(call.split(" ")[1] ?? "").every(isThere));
  assert.deepEqual(missing.filter((call) => !(call in notOfThePage)), []);
});

test("what the programs link is among the licences", () => {
  const build = readFileSync(path.join(FRONT, "../../meson.build"), "utf8");
  const linked = [...build.matchAll(/= dependency\('([\w-]+)'/g)].map(([, name = ""]) => name).filter((name) => name !== "cmocka");
  assert.ok(linked.length > 10);
  const named = parts.map(([name]) => name.toLowerCase());
  // "sqlite3" is SQLite, "libnftables" nftables.
  const isNamed = (library: string) => named.some((name) => library === name || library.replace(/^lib/, "") === name || library.replace(/\d$/, "") === name);
  assert.deepEqual(linked.filter((library) => !isNamed(library)), []);
});
