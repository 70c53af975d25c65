# SPDX-License-Identifier: GPL-2.0-or-later
"""Power cuts in the middle of changes: what was acknowledged is there, the box boots, tunnels come back. The disk is one
that loses what was not flushed (volatile.py)."""

import contextlib
import json
import os
import random
import threading
import time

import pytest
import seeds
from emulator import Failed
from segment import ADDRESS, Segment
from volatile import VolatileMachine, beyond_the_journal

pytestmark = [pytest.mark.appliance, pytest.mark.ci, pytest.mark.slow]
CUTS = int(os.environ.get("WARREN_POWER_CUTS") or (3 if os.environ.get("CI") else 30))
SEED = int(os.environ.get("WARREN_SEED") or random.randrange(1 << 32))
BOX = "192.0.2.10"
TOLD = f"""#warren-seed
[hub]
public_name = {BOX}
[network]
addresses = {BOX}/24
gateways = {ADDRESS}
"""
REPAIRED = "data: the file system had errors, which were repaired"


class Changes:
    """Some at random; keeps what the box acknowledged, and the one that it had not yet."""

    def __init__(self, machine, chance):
        self.machine, self.chance = machine, chance
        self.state, self.begun, self.number = {}, None, 0
        self.before, self.done = {}, []

    def _next(self):
        """A command, what it changes, and what that is then (None: gone)."""
        self.number += 1
        choice = self.chance.random()
        old = [key for key in self.state if key[0] != "setting"]
        if choice < 0.35 or not old:
            return f"peer add acme p{self.number} --client", ("peer", f"p{self.number}"), True
        if choice < 0.5:
            words = f"--from peer:laptop --protocol tcp --port {self.number} --comment r{self.number}"
            return f"firewall add acme deny {words}", ("rule", f"r{self.number}"), True
        if choice < 0.7:
            either = (("wireguard.keepalive", self.number), ("hub.region", f"region-{self.number}"))
            name, value = self.chance.choice(either)
            return f"settings set {name} {value}", ("setting", name), str(value)
        key = self.chance.choice(old)
        word = "peer" if key[0] == "peer" else "firewall"
        name = key[1] if key[0] == "peer" else self.rules[key[1]]
        yes = " --yes" if word == "peer" else ""
        if choice < 0.8:
            return f"{word} delete acme {name}{yes}", key, None
        verb = "disable" if self.state[key] else "enable"
        return f"{word} {verb} acme {name}", key, not self.state[key]

    def one(self):
        command, key, value = self._next()
        self.begun = key, value
        said = self.machine.run(f"warren {command} --json </dev/null")
        if command.startswith("firewall add"):
            self.rules[key[1]] = json.loads(said)["id"]
        self._acknowledge(key, value)
        self.done.append((self.machine.written(), self.begun))
        self.begun = None

    def _acknowledge(self, key, value):
        self.state[key] = value
        if value is None:
            del self.state[key]

    def power_went(self, written):
        """After so much was written: what was acknowledged later was not yet."""
        self.state = dict(self.before)
        for until, change in self.done:
            if until > written:
                self.begun = change
                break
            self._acknowledge(*change)
        self.done = []

    def found(self):
        """What the box has."""

        def read(words):
            return self.machine.ask(words)["items"]

        state = {("peer", item["name"]): item["enabled"] for item in read("peer list acme") if item["name"] != "laptop"}
        rules = read("firewall list acme")
        self.rules = {item["comment"]: item["id"] for item in rules}
        state |= {("rule", item["comment"]): item["enabled"] for item in rules}
        values = {f"{item['section']}.{item['key']}": item["value"] for item in read("settings list")}
        return state | {("setting", name): str(values[name]) for name in ("hub.region", "wireguard.keepalive")}

    def compare(self):
        """With what was acknowledged. The one that was not may have been done or not."""
        found = self.found()
        if self.begun and found.get(self.begun[0]) == self.begun[1]:
            self._acknowledge(*self.begun)
        self.begun = None
        assert found == self.state
        self.before = found


def _cut_in_between(machine, changes, chance):
    """Changes without end, until the power goes at any moment after the first acknowledged one."""
    changes.one()
    seconds, done = chance.uniform(0, 10), 1
    timer = threading.Timer(seconds, machine.process.kill)
    timer.start()
    with contextlib.suppress(Failed):
        while True:
            changes.one()
            done += 1
    timer.join()
    flushed, kept, lost, written = machine.lose_power(chance, changes.done[0][0])
    changes.power_went(written)
    print(f"  off after {seconds:.1f} s and {done} changes, cut off in one of them; of {kept + lost} sectors that were not "
          f"flushed {lost} are lost, of {flushed} none", flush=True)  # fmt: skip
    return lost


def _assert_sound(machine, lost):
    """A block of the journal of which half is lost, of a transaction that was not done, looks like an error to who replays
    it; the box may say so. Nothing else may have been repaired."""
    said, log = machine.problems(), machine.run("cat /run/warren-image/early.log")
    if lost and said == [REPAIRED]:
        print(f"  {said[0]}:\n{log}", flush=True)
    else:
        assert said == [], log
    assert beyond_the_journal(log) == [], log


def test_power_cuts_lose_nothing_acknowledged(image, measured):
    print(f"WARREN_SEED={SEED} WARREN_POWER_CUTS={CUTS}", flush=True)
    chance, lost, waits = random.Random(SEED), 0, []
    with contextlib.closing(Segment()) as segment, contextlib.closing(VolatileMachine(image)) as machine:
        socket = segment.plug()
        machine.start(*seeds.by_credential(TOLD), **socket)
        machine.until_ready()
        machine.until("test -e /data/config/seeded")
        machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
        segment.up(machine.run("warren profile show acme laptop"))
        segment.until_handshake(after=0)
        changes = Changes(machine, chance)
        changes.state = changes.found()
        changes.before = dict(changes.state)
        for number in range(CUTS):
            before, lost = lost, lost + _cut_in_between(machine, changes, chance)
            began = time.time()
            machine.start(**socket)
            machine.until_ready()
            changes.compare()
            _assert_sound(machine, lost > before)
            waits.append(segment.until_handshake(after=began))
            print(f"cut {number + 1}: boots, has all; tunnel {waits[-1]:.1f} s later", flush=True)
        machine.run("warren audit verify")
    measured(f"{CUTS} power cuts, seed {SEED}: {lost} sectors lost, nothing acknowledged")
