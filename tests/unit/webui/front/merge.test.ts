// SPDX-License-Identifier: GPL-2.0-or-later
// A form that is open while others change the same thing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { beginMerge, mergeFrom, typeInto } from "../../../../webui/front/src/ui/merge";

const first = { name: "Acme", mtu: "1420", routes: ["203.0.113.0/24"] };

test("what was not touched follows what others make of it", () => {
  const typed = typeInto(beginMerge(first), { ...first, name: "Acme Inc" });
  const merged = mergeFrom(typed, { ...first, mtu: "1400", routes: [] });
  assert.deepEqual(merged.draft, { name: "Acme Inc", mtu: "1400", routes: [] });
  assert.deepEqual(merged.base, { ...first, mtu: "1400", routes: [] });
  assert.deepEqual(merged.met, []);
});

test("what both changed stays as it was typed, and is told until one of both gives in", () => {
  const typed = typeInto(beginMerge(first), { ...first, mtu: "1380" });
  const merged = mergeFrom(typed, { ...first, mtu: "1400" });
  assert.equal(merged.draft.mtu, "1380");
  assert.deepEqual(merged.met, ["mtu"]);
  // Another field changes elsewhere: it is still told.
  assert.deepEqual(mergeFrom(merged, { ...first, mtu: "1400", name: "Globex" }).met, ["mtu"]);
  assert.deepEqual(mergeFrom(merged, { ...first, mtu: "1380" }).met, []);
  assert.deepEqual(typeInto(merged, { ...merged.draft, mtu: "1400" }).met, []);
});

test("nothing is new while nothing changed", () => {
  const merged = beginMerge(first);
  assert.equal(mergeFrom(merged, { ...first }), merged);
});
