// SPDX-License-Identifier: GPL-2.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { setCatalogue } from "../../../../webui/front/src/lib/i18n";
import type { Instance, Peer } from "../../../../webui/front/src/lib/types";
import { csvCell, csvOf, differencesOf } from "../../../../webui/front/src/pages/audit/differences";
import { bulkRequest, touched } from "../../../../webui/front/src/pages/instance/bulk";
import { differing } from "../../../../webui/front/src/ui/editor";
import { addressOrder, filterPeers, noFilter, sortPeers } from "../../../../webui/front/src/pages/instance/peers-order";
import { planOf, wireWidth } from "../../../../webui/front/src/pages/instance/picture-plan";
import { bodyOf } from "../../../../webui/front/src/pages/instance/rule-editor";
import { moved, placeAt, placeByKey } from "../../../../webui/front/src/pages/instance/rule-order";
import { tokenOf } from "../../../../webui/front/src/pages/setup/steps";
import { bytesOf, textOf } from "../../../../webui/front/src/things/passkey";
import { labelOf } from "../../../../webui/front/src/things/label";
import { makePassword, passwordStrength } from "../../../../webui/front/src/things/password";
import { emptyPeer, peerBody } from "../../../../webui/front/src/things/peer-fields";
import { rateBetween } from "../../../../webui/front/src/things/peers";
import { readQr } from "../../../../webui/front/src/things/qr";
import { reachChanges, reachText } from "../../../../webui/front/src/things/reach";
import { seriesOf } from "../../../../webui/front/src/things/traffic";
import { endOptions } from "../../../../webui/front/src/things/end-field";
import { optionsFor } from "../../../../webui/front/src/ui/combobox";
import { fromBase64, toBase64 } from "../../../../webui/front/src/lib/parts";
import { cutOff } from "../../../../webui/front/src/pages/instance/settings";
import { stepOf } from "../../../../webui/front/src/pages/setup/setup";
import { given, problemsOf } from "../../../../webui/front/src/ui/form";
import { Problem } from "../../../../webui/front/src/lib/api";
import { problemText } from "../../../../webui/front/src/lib/problem";
import { rangeOf } from "../../../../webui/front/src/ui/table-range";
import { en } from "../../../../webui/front/src/texts/en";

setCatalogue("en", en);

function peer(part: Partial<Peer> = {}): Peer {
  return {
    id: part.name ?? "x",
    instance_id: "i",
    name: "x",
    type: "client",
    protocol: "wireguard",
    enabled: true,
    expired: false,
    expires_at: null,
    addresses: ["10.66.0.2"],
    subnets: [],
    mapped: [],
    user: null,
    groups: [],
    public_key: null,
    dns_name: null,
    connected: false,
    last_seen: null,
    rx_bytes: 0,
    tx_bytes: 0,
    profile_stale: false,
    ...part,
  } as Peer;
}

test("of a long table only what is near the window is drawn", () => {
  assert.deepEqual(rangeOf(80, 44, 0, 900), { from: 0, to: 80, above: 0, below: 0 });
  const range = rangeOf(10000, 44, -44 * 5000, 900);
  assert.ok(range.from > 4900 && range.from <= 5000 && range.to < 5100 && range.to >= 5021);
  assert.equal(range.above + range.below + (range.to - range.from) * 44, 10000 * 44);
  const end = rangeOf(10000, 44, -44 * 99999, 900);
  assert.equal(end.to, 10000);
  assert.equal(rangeOf(10000, 44, 5000, 900).from, 0);
});

test("rules are moved by place, pointer and key", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a"], 5, 0), ["a"]);
  assert.equal(placeAt([10, 30, 50], 0, 2), 0);
  assert.equal(placeAt([10, 30, 50], 40, 0), 1);
  assert.equal(placeAt([10, 30, 50], 99, 0), 2);
  assert.equal(placeByKey("ArrowUp", 0, 3), 0);
  assert.equal(placeByKey("End", 0, 3), 2);
  assert.equal(placeByKey("x", 0, 3), null);
});

test("peers are found by every word, in any of their fields", () => {
  const peers = [peer({ name: "Anna laptop", user: "anna" }), peer({ name: "Bert", addresses: ["10.66.0.10"], groups: ["staff"] })];
  assert.deepEqual(filterPeers(peers, "LAPTOP anna", noFilter).map((each) => each.name), ["Anna laptop"]);
  assert.deepEqual(filterPeers(peers, "staff 0.10", noFilter).map((each) => each.name), ["Bert"]);
  assert.equal(filterPeers(peers, "", { state: "disabled", type: "" }).length, 0);
  assert.equal(filterPeers(peers, "", { state: "away", type: "client" }).length, 2);
});

test("10,000 peers are searched and sorted", () => {
  const peers = Array.from({ length: 10000 }, (_, at) => peer({ name: `device-${at * 7919}`, addresses: [`10.66.${at >> 8}.${at & 255}`] }));
  assert.equal(filterPeers(peers, "device", noFilter).length, 10000);
  const sorted = sortPeers(peers, { key: "address", down: true });
  assert.equal(sorted[0]?.addresses[0], "10.66.39.15");
  assert.notEqual(sorted, peers);
});

test("addresses are in the order of their numbers", () => {
  assert.ok(addressOrder("10.66.0.9") < addressOrder("10.66.0.10"));
});

test("the picture has room for each box, and says who has none", () => {
  const peers = Array.from({ length: 40 }, (_, at) => peer({ name: `p${at}`, type: at < 4 ? "site" : "client", subnets: at < 4 ? ["10.0.0.0/8", "1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8"] : [], connected: at === 39 }));
  for (const width of [1180, 720, 719, 340]) {
    const plan = planOf(width, peers);
    for (const box of plan.boxes) {
      assert.ok(box.x >= 0 && box.x + box.width <= width, `${width}`);
      assert.ok(box.y >= 0 && box.y + box.height <= plan.height, `${width}`);
      for (const other of plan.boxes)
        assert.ok(box === other || box.x + box.width <= other.x || other.x + other.width <= box.x || box.y + box.height <= other.y || other.y + other.height <= box.y, `${width}: ${box.peer.name} over ${other.peer.name}`);
    }
    assert.equal((plan.more?.clients ?? 0) + plan.boxes.filter((box) => box.peer.type === "client").length, 36);
    assert.ok(plan.boxes.some((box) => box.peer.name === "p39"), "who is connected is shown first");
  }
  assert.ok(wireWidth(0) < wireWidth(1e6) && wireWidth(1e12) <= 6);
});

test("what the audit changed is told without the row's own times", () => {
  const changes = differencesOf({ before: { name: "a", mtu: 1420, updated_at: "x" }, after: { name: "b", mtu: 1420, updated_at: "y" } });
  assert.deepEqual(changes, [{ field: "name", before: "a", after: "b" }]);
  assert.equal(differencesOf({ before: null, after: { name: "b" } }).length, 1);
});

test("a spreadsheet neither splits nor calculates a cell", () => {
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell("=1+1"), "'=1+1");
  assert.equal(csvCell(-5), "-5");
  assert.equal(csvOf([]).trim().split(",").length, 10);
});

test("only what differs is sent", () => {
  assert.deepEqual(differing({ a: [1], b: 2 }, { a: [1], b: 3 }), { b: 3 });
});

test("what is asked of a peer becomes what the hub takes", () => {
  const client = peerBody({ ...emptyPeer, name: " a ", routeAll: true, subnets: ["10.0.0.0/8"], expires: "30d" });
  assert.deepEqual(client, { name: "a", type: "client", protocol: "wireguard", route_all: true, expires_in: "30d" });
  const site = peerBody({ ...emptyPeer, name: "s", type: "site", protocol: "openvpn", login: "password", subnets: ["", " 10.0.0.0/8 "], ownKey: "k" });
  assert.deepEqual(site, { name: "s", type: "site", protocol: "openvpn", login: "password", subnets: ["10.0.0.0/8"] });
});

test("a rule without ports of its protocol sends none", () => {
  const draft = { action: "allow" as const, from: "", to: " any ", protocol: "tcp" as const, ports: "443, 8000-8080", both: false, comment: "", position: "1", expires: "never" };
  assert.deepEqual(bodyOf(draft).ports, ["443", "8000-8080"]);
  assert.deepEqual(bodyOf({ ...draft, protocol: "icmp" }).ports, []);
  assert.equal(bodyOf(draft).to, "any");
  assert.equal("expires_in" in bodyOf({ ...draft, expires: "keep" }), false);
});

test("ends of a rule are found by what they are called and what they are", () => {
  const peers = [peer({ name: "laptop", groups: ["staff"], user: "anna" }), peer({ name: "office", type: "site", subnets: ["192.168.88.0/24"] })];
  const all = endOptions(peers, "rule");
  assert.deepEqual(all.map((each) => each.value), ["any", "group:staff", "user:anna", "site:office", "192.168.88.0/24", "peer:laptop", "peer:office"]);
  assert.deepEqual(optionsFor(all, "staff").map((each) => each.value), ["group:staff"]);
  assert.deepEqual(optionsFor(all, "off site").map((each) => each.value), ["site:office"]);
  assert.equal(optionsFor(all, "").length, all.length);
  assert.ok(!endOptions(peers, "question").some((each) => each.value.startsWith("group:")));
});

test("many at once leaves alone what would not change", () => {
  const peers = [peer({ name: "a" }), peer({ name: "b", enabled: false })];
  assert.deepEqual(touched("enable", peers).map((each) => each.name), ["b"]);
  assert.equal(touched("delete", peers).length, 2);
  assert.deepEqual(bulkRequest("delete", peer({ id: "q" } as Partial<Peer>)).method, "DELETE");
});

test("a complaint is shown at its field", () => {
  const problem = new Problem(422, "invalid", "", [
    { field: "subnets[1]", wrong: "x" },
    { field: "sub", wrong: "y" },
  ]);
  assert.equal(problemsOf(problem, "subnets").length, 1);
  assert.deepEqual(given([" a ", "", "b"]), ["a", "b"]);
});

test("a QR code is taken from the hub's drawing alone", () => {
  assert.deepEqual(readQr('<svg viewBox="0 0 33 33"><path stroke="#000" d="M4 4.5h7m1 0h2"/></svg>'), { size: 33, path: "M4 4.5h7m1 0h2" });
  assert.equal(readQr('<svg viewBox="0 0 33 33"><path d="M0 0" onload="x"/><script>1</script></svg>')?.path, "M0 0");
  assert.equal(readQr("<svg/>"), null);
});

test("rates are what came between two looks", () => {
  assert.deepEqual(rateBetween(peer({ rx_bytes: 100 }), peer({ rx_bytes: 300, tx_bytes: 50 }), 2), { rx: 100, tx: 25 });
  assert.equal(rateBetween(undefined, peer(), 2), null);
  assert.equal(rateBetween(peer({ rx_bytes: 9 }), peer(), 2), null);
});

test("traffic becomes rates at their times, gaps stay gaps", () => {
  const series = seriesOf({ step: 60, from: "2026-01-01T00:00:00Z", rx: [600, null], tx: [0, 60] });
  assert.deepEqual(series.rx, [10, null]);
  assert.equal((series.times[1] ?? 0) - (series.times[0] ?? 0), 60);
});

test("a hostname is made of a name", () => {
  assert.equal(labelOf("Acme Industries"), "acme-industries");
  assert.equal(labelOf("  2 Ärzte & Söhne GmbH und Co "), "arzte-sohne-gmbh-und");
  assert.equal(labelOf("!!!"), "");
});

test("a password is judged by its length and its sameness", () => {
  assert.equal(passwordStrength("short"), "short");
  assert.equal(passwordStrength("aaaaaaaaaaaaaaaa"), "weak");
  assert.equal(passwordStrength("123412341234"), "weak");
  assert.equal(passwordStrength("correct horse battery"), "good");
});

test("a set-up link or its end alone will do", () => {
  assert.equal(tokenOf(" https://hub/setup#abc "), "abc");
  assert.equal(tokenOf("abc"), "abc");
});

test("bytes for a passkey go there and back", () => {
  const bytes = Uint8Array.from([0, 255, 254, 62, 63]).buffer;
  assert.deepEqual(new Uint8Array(bytesOf(textOf(bytes))), new Uint8Array(bytes));
  assert.match(textOf(bytes), /^[\w-]+$/);
});

test("a password that the page makes is long, typable and never the same", () => {
  const made = Array.from({ length: 50 }, makePassword);
  for (const each of made) assert.match(each, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  for (const each of made) assert.doesNotMatch(each, /[lo01]/);
  assert.equal(new Set(made).size, 50);
});

test("a reach is told by the instances' names", () => {
  const instances = ["Acme", "Globex", "Initech", "Umbrella"].map((name, at) => ({ id: `i${at}`, name })) as Instance[];
  assert.equal(reachText(null, instances), en.reach_all);
  assert.equal(reachText([], instances), en.reach_nothing);
  assert.equal(reachText(["i1", "i0", "gone"], instances), "Acme, Globex, gone");
  assert.equal(reachText(["i0", "i1", "i2", "i3"], instances), "Acme, Globex and 2 more");
  assert.equal(reachText(["i0"], undefined), "i0");
  const changes = reachChanges([{ field: "instances", before: null, after: ["i0"] }, { field: "role", before: "owner", after: "auditor" }], instances);
  assert.deepEqual(changes.map((change) => [change.before, change.after]), [[en.reach_all, "Acme"], ["owner", "auditor"]]);
});

test("refusals that people meet often are told in their language, others as the hub says", () => {
  assert.equal(problemText(new Problem(409, "last-owner", "olga is the only owner")), en.problem_last_owner);
  assert.equal(problemText(new Problem(409, "limit", "there are 64 tokens")), "there are 64 tokens");
});

test("a part of a file goes there and back", () => {
  const bytes = Uint8Array.from({ length: 10000 }, (_, at) => at % 251);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
});

test("the first start goes on at the first step that is not done", () => {
  const instance = { id: "i" } as Instance;
  assert.deepEqual(stepOf(-1), { step: 1 });
  assert.deepEqual(stepOf(2), { step: 2 });
  assert.deepEqual(stepOf(4), { step: 1 });
  assert.deepEqual(stepOf(2, instance), { step: 3, instance });
  assert.equal(stepOf(4, instance, peer())?.step, 4);
  assert.equal(stepOf(4, instance, peer({ connected: true })), null);
  assert.equal(stepOf(3, instance, peer()), null);
});

test("who is connected by OpenVPN is told of what cuts them off", () => {
  const servers = { udp: { connected: 2 }, tcp: { connected: 1 }, "udp-1": { connected: 4 }, legacy: { connected: 0 } };
  const instance = { openvpn: { servers } } as unknown as Instance;
  const change = (field: string) => [{ field, before: 1, after: 2 }];
  assert.deepEqual(cutOff(instance, [], "both"), { n: 0, back: false });
  assert.deepEqual(cutOff(instance, change("name"), "both"), { n: 0, back: false });
  assert.deepEqual(cutOff(instance, change("mtu"), "both"), { n: 7, back: true });
  assert.deepEqual(cutOff(instance, change("openvpn"), "tcp"), { n: 6, back: false });
  assert.deepEqual(cutOff(instance, change("openvpn"), "udp"), { n: 1, back: false });
  assert.deepEqual(cutOff(instance, change("openvpn"), "none"), { n: 7, back: false });
});
