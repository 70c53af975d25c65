// SPDX-License-Identifier: GPL-2.0-or-later
// Both languages say the same things, and no text stands anywhere else.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import type * as Typescript from "typescript";
import { de } from "../../../../webui/front/src/texts/de";
import { en } from "../../../../webui/front/src/texts/en";

declare const FRONT: string;
const ts = createRequire(path.join(FRONT, "package.json"))("typescript") as typeof Typescript;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : /\.tsx?$/.test(name) ? [name] : [];
  });
}

const files = filesBelow(path.join(FRONT, "src")).filter((name) => !name.includes("/texts/"));
// Names of products and protocols are the same in all languages.
const proper = /^(WireGuard|OpenVPN|TCP|UDP|ICMP)$/;
// Attributes that a person reads or hears.
const spoken = new Set(["title", "label", "aria-label", "placeholder", "alt", "text", "hint", "lead", "what", "addLabel", "itemName"]);

function hasLetters(text: string): boolean {
  return /\p{L}/u.test(text) && !proper.test(text.trim());
}

function literalTexts(name: string, source: string): string[] {
  const tree = ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const look = (node: Typescript.Node): void => {
    const value = ts.isJsxText(node)
      ? node.text
      : ts.isJsxAttribute(node) && spoken.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)
        ? node.initializer.text
        : ts.isJsxExpression(node) && node.expression && ts.isStringLiteral(node.expression) && !ts.isJsxAttribute(node.parent)
          ? node.expression.text
          : "";
    // Networks and addresses as an example of what is to be typed are no text.
    if (hasLetters(value) && !/^[\w.=/:, -]*\d[\w.=/:, -]*$/.test(value) && !/^[a-z]+\.example$/.test(value)) found.push(`${name}: ${value.trim()}`);
    ts.forEachChild(node, look);
  };
  look(tree);
  return found;
}

test("both languages have the same texts, in the same order", () => {
  assert.deepEqual(Object.keys(de), Object.keys(en));
});

test("both fill in the same values, and choose by number alike", () => {
  const values = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  for (const [key, text] of Object.entries(en)) {
    const other = de[key as keyof typeof de];
    assert.deepEqual(values(other), values(text), key);
    assert.equal(other.split("|").length, text.split("|").length, key);
    assert.ok(text.trim() && other.trim(), key);
  }
});

test("German is not English", () => {
  const same = Object.entries(en).filter(([key, text]) => text.length > 24 && de[key as keyof typeof de] === text);
  assert.deepEqual(same, []);
});

test("no text stands in the components", () => {
  assert.deepEqual(
    files.flatMap((name) => literalTexts(path.relative(FRONT, name), readFileSync(name, "utf8"))),
    [],
  );
});

test("the search for texts finds one", () => {
  assert.equal(literalTexts("x.tsx", 'const a = <p title="Say it">Hello <b>{"you"}</b></p>;').length, 3);
});

test("every text is used", () => {
  const all = files.map((name) => readFileSync(name, "utf8")).join("\n");
  // Some are found by a name that is put together.
  const made = /^(field|value|problem|method|event|action|section|reason|finding|role|state|ready|explain_step|concern|format|get_problem|link_state|step|system|theme|backup_kind|tls|acme|boot|update|wish)_/;
  const unused = Object.keys(en).filter((key) => !made.test(key) && !new RegExp(`"${key}"`).test(all));
  assert.deepEqual(unused, []);
});
