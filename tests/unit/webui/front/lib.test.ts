// SPDX-License-Identifier: GPL-2.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem, queryText } from "../../../../webui/front/src/lib/api";
import { formatAgo, formatBytes, formatRate, formatSpan } from "../../../../webui/front/src/lib/format";
import { fill, setCatalogue, t, tMaybe } from "../../../../webui/front/src/lib/i18n";
import { match, pathOf } from "../../../../webui/front/src/lib/router";
import { makeStore } from "../../../../webui/front/src/lib/store";
import { de } from "../../../../webui/front/src/texts/de";
import { en } from "../../../../webui/front/src/texts/en";

setCatalogue("en", en);

test("a path is matched part by part", () => {
  assert.deepEqual(match("/instances/:instance", "/instances/abc"), { instance: "abc" });
  assert.deepEqual(match("/instances/:instance", "/instances/a%20b/"), { instance: "a b" });
  assert.equal(match("/instances/:instance", "/instances"), null);
  assert.equal(match("/instances/:instance", "/instances/a/peers"), null);
  assert.deepEqual(match("/get/*", "/get/a/b"), {});
  assert.deepEqual(match("/instances/:instance", "/instances/%E0%A4%A"), { instance: "%E0%A4%A" });
  assert.deepEqual(match("/", "/"), {});
});

test("a path made of parts is taken apart again", () => {
  const name = "a/b ?#%ü";
  assert.deepEqual(match("/instances/:instance", pathOf("instances", name)), { instance: name });
});

test("a query leaves out what is not said", () => {
  assert.equal(queryText({ a: 1, b: null, c: undefined, d: "", e: true, f: false }), "?a=1&e=yes&f=no");
  assert.equal(queryText({}), "");
});

test("texts are filled in, and chosen by number", () => {
  assert.equal(fill("{n} peer|{n} peers", { n: 1 }), "1 peer");
  assert.equal(fill("{n} peer|{n} peers", { n: 2000 }), "2,000 peers");
  assert.equal(fill("{a} {b}", { a: "{b}", b: "x" }), "{b} x");
  assert.equal(fill("{who}", {}), "{who}");
  assert.equal(t("use_value", { value: "10.0.0.0/8" }), "Use 10.0.0.0/8");
  assert.equal(tMaybe("no_such_text", "otherwise"), "otherwise");
});

test("figures are written as people of the language do", () => {
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(999), "999 B");
  assert.equal(formatBytes(1234567), "1.2 MB");
  assert.equal(formatBytes(999950), "1 MB");
  assert.equal(formatRate(125000), "1 Mbit/s");
  assert.equal(formatSpan(0), "0 s");
  assert.equal(formatSpan(90061), "1 d 1 h");
  assert.equal(formatSpan(59), "59 s");
  setCatalogue("de", de);
  assert.equal(formatBytes(1234567), "1,2 MB");
  assert.equal(formatAgo("2026-01-01T00:00:00Z", Date.parse("2026-01-01T02:00:00Z")), "vor 2 Stunden");
  setCatalogue("en", en);
  assert.equal(formatAgo("2026-01-03T00:00:00Z", Date.parse("2026-01-01T00:00:00Z")), "in 2 days");
});

test("a store tells of what changed, and of nothing else", () => {
  const store = makeStore(1);
  const told: number[] = [];
  const stop = store.watch((value) => told.push(value));
  store.set(1);
  store.set(2);
  stop();
  store.set(3);
  assert.deepEqual(told, [2]);
});

test("a refusal by a saved check is known by what is wrong", () => {
  const check = new Problem(409, "conflict", "", [{ field: "abc", wrong: "would no longer hold: allow from a to b" }]);
  assert.ok(check.isCheck);
  assert.ok(!new Problem(409, "conflict", "", [{ field: "name", wrong: "is taken by another one" }]).isCheck);
  assert.ok(new Problem(503, "", "").isAway);
  assert.ok(!new Problem(500, "", "").isAway);
});
