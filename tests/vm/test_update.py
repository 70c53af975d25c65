# SPDX-License-Identifier: GPL-2.0-or-later
"""The appliance updated: kept when it is well; the slot before it comes back, with its state, from a release that does not
start, does not open the store, brings no instance up or lets nobody in, and from a power cut at any moment; and nothing is
written that nobody signed."""

import contextlib
import os
import random
import subprocess
import time

import pytest
import release
import seeds
from emulator import Failed
from machine import KEPT, Machine
from tunnels import SEED, Watch, Wire
from volatile import VolatileMachine, beyond_the_journal

pytestmark = pytest.mark.appliance
KEPT_B = "/usr/lib/warren/image/slot show | grep -qx 'slot=b trial=- failures=0'"
LONG = 900  # s: a hundred megabytes through an emulated processor
MIB = 1 << 20
CUTS = int(os.environ.get("WARREN_POWER_CUTS") or 3)


@pytest.fixture(scope="module")
def good(image):
    return release.same(image, "good")


@pytest.fixture
def machine(image):
    """From its disk: it is the boot loader that chooses."""
    with contextlib.closing(Machine(image, firmware="bios")) as made:
        yield made


@pytest.fixture
def wire():
    with contextlib.closing(Wire()) as made:
        yield made


def start(machine, *files, **how):
    """On, with files behind each other on a drive of their own, copied to where they can be read."""
    drive = machine.folder / "files"
    at, copies = 0, []
    with open(drive, "wb") as packed:
        for path in files:
            packed.seek(at * MIB)
            packed.write(path.read_bytes())
            size = path.stat().st_size
            blocks = -(-size // MIB)
            copies.append(f"dd if=/dev/vdb bs=1M skip={at} count={blocks} status=none | head -c {size} >/data/{path.name}")
            at += blocks
        packed.truncate((at + 1) * MIB)
    machine.start("-drive", f"if=virtio,format=raw,readonly=on,file={drive}", *how.pop("more", ()), **how)
    machine.until_ready()
    for copy in copies:
        machine.run(copy, patience=LONG)
    # A power cut takes what is not on the disk yet.
    machine.run("sync")


def update(machine):
    return machine.ask("update show")


def loader(machine):
    return machine.run("/usr/lib/warren/image/slot show").strip()


def actions(machine):
    return [entry["action"] for entry in machine.ask("audit list --limit 50")["items"]]


def install(machine, path):
    machine.run(f"warren update install /data/{path.name}", patience=LONG)
    assert update(machine)["state"] == "installed"


def until_kept(machine):
    machine.until(KEPT_B, patience=300)
    machine.until("warren update show --json | grep -q '\"state\": *\"idle\"'")
    assert (update(machine)["slot"], update(machine)["state"]) == ("b", "idle")


def until_back(machine, patience=600):
    """Into the new one, and by itself back."""
    while True:
        machine.wait_reboot(patience=patience)
        if "warren.boot=kept" in machine.run("cat /proc/cmdline"):
            break
    machine.until_ready()
    state = update(machine)
    assert (state["slot"], state["boot"], state["state"]) == ("a", "kept", "failed"), state
    assert loader(machine).startswith("slot=a trial=-")
    machine.until("warren audit list | grep -q update.rolled-back")
    assert machine.ask("audit verify")["whole"]


def test_good_update_is_kept(machine, wire, good, measured):
    """With devices outside, which talk to each other through it all the time."""
    start(machine, good, more=seeds.by_credential(SEED), **wire.plug())
    machine.run("warren instance add acme --hostname acme --client-to-client yes")
    laptop, phone = (
        wire.device(name, machine.run(f"warren peer add acme {name} --client >/dev/null && warren profile show acme {name}"))
        for name in ("laptop", "phone")
    )
    assert laptop.reaches(phone.address) and phone.reaches(laptop.address)
    machine.until("! warren peer list acme --json | grep -q '\"connected\": *false'")
    assert (update(machine)["slot"], update(machine)["boot"], update(machine)["state"]) == ("a", "kept", "idle")
    with contextlib.closing(Watch(laptop, phone.address, eager=(laptop, phone))) as watch:
        began = time.time()
        install(machine, good)
        installed = time.time()
        assert "update.progress" in machine.run("warren events --json")
        rebooted = time.time()
        machine.run("warren update reboot")
        machine.wait_reboot()
        until_kept(machine)
        kept = time.time()
        watch.until_again(rebooted + 10)
        assert machine.ask("peer list acme")["items"][0]["connected"]
        assert [a for a in actions(machine) if a.startswith("update.")][:1] == ["update.confirmed"]
        machine.run("warren peer add acme later --client")
        assert machine.run("dmesg | grep 'audit:.*type=1326' | grep warren-update", check=False)[1] == ""
        # A restart is no way back.
        again = time.time()
        machine.run("systemctl reboot", check=False)
        machine.wait_reboot()
        machine.until_ready()
        watch.until_again(again + 10)
        while_installing = watch.longest_silence(began, installed)
        updating, plain = watch.longest_silence(rebooted, again), watch.longest_silence(again)
        assert update(machine)["slot"] == "b" and "later" in machine.run("warren peer list acme")
    measured(
        f"installed in {installed - began:.0f} s, with {while_installing:.1f} s of silence at most meanwhile; kept {kept - rebooted:.0f} s "
        f"after the restart was asked for\n"
        f"no traffic for {updating:.1f} s by the update, for {plain:.1f} s by a plain restart: {updating / plain:.2f} of it"
    )


def test_release_that_does_not_start(machine, image):
    bad = release.spoiled(image, "bad")
    start(machine, bad)
    machine.run("warren instance add acme --hostname acme")
    install(machine, bad)
    machine.run("warren update reboot")
    until_back(machine)
    assert "acme" in machine.run("warren instance list")
    machine.run("warren instance add again --hostname again")


NEXT = """
CREATE TABLE of_the_future (one INTEGER);
UPDATE peer SET name = 'spoiled-' || name;
"""


def test_newer_program_that_lets_nobody_in(machine, wire, image):
    """It opened the store and changed it; who was connected does not come back. What it made of the state goes with it,
    and nothing was acknowledged meanwhile that goes too."""
    newer = release.changed(image, "newer", release.with_migration(NEXT), release.without_wireguard, schema=release.SCHEMA + 1)
    start(machine, newer, more=seeds.by_credential(SEED), **wire.plug())
    machine.run("warren instance add acme --hostname acme && warren settings set update.trial 120s")
    profile = machine.run("warren peer add acme laptop --client >/dev/null && warren profile show acme laptop")
    laptop = wire.device("laptop", profile)
    hub = machine.ask("instance show acme")["hub_addresses"][0]
    assert laptop.reaches(hub)
    machine.until("warren peer show acme laptop --json | grep -q '\"connected\": *true'")
    install(machine, newer)
    machine.run("warren peer add acme before --client && warren update reboot")
    machine.wait_reboot()
    machine.until("warren update show --json | grep -q '0 of the 1 peers'")
    state = update(machine)
    assert (state["slot"], state["boot"], state["state"]) == ("b", "trial", "trial") and state["until"]
    assert "spoiled-laptop" in machine.run("warren peer list acme"), "the newer program changed the database"
    status, said = machine.run("warren peer add acme lost --client", check=False)
    assert status == 1 and "on trial until" in said, said
    assert machine.run("warren profile show acme spoiled-laptop", check=False)[0] == 1
    with contextlib.closing(Watch(laptop, hub)) as watch:
        back = time.time()
        until_back(machine)
        watch.until_again(back)
    found = {peer["name"] for peer in machine.ask("peer list acme")["items"]}
    assert found == {"laptop", "before"}
    assert "9.9.9 was not healthy" in update(machine)["problem"]
    machine.run("warren peer add acme again --client")


def test_newer_program_that_does_not_open_the_store(machine, image):
    broken = release.changed(image, "broken", release.with_migration("UPDATE nothing SET one = 1;"), schema=release.SCHEMA + 1)
    start(machine, broken)
    machine.run("warren instance add acme --hostname acme && warren settings set update.trial 30s")
    install(machine, broken)
    machine.run("warren update reboot")
    until_back(machine)
    assert "acme" in machine.run("warren instance list")


def test_newer_program_without_instances(machine, image):
    idle = release.changed(image, "idle", release.without_workers)
    start(machine, idle)
    machine.run("warren instance add acme --hostname acme && warren settings set update.trial 60s")
    install(machine, idle)
    machine.run("warren update reboot")
    until_back(machine)
    machine.until("warren instance list --json | grep -q '\"state\": *\"active\"'")


# ---- power cuts ----


@pytest.fixture(scope="module")
def installed(image, good):
    """A disk with the update in its other slot, cut off as soon as that was said."""
    with contextlib.closing(Machine(image, firmware="bios")) as made:
        start(made, good)
        made.run("warren instance add acme --hostname acme")
        install(made, good)
        made.power_cut()
        yield made.disk


@pytest.fixture
def updated(image, installed):
    with contextlib.closing(Machine(image, firmware="bios", base=installed)) as made:
        made.start()
        made.until_ready()
        made.until("/usr/lib/warren/image/slot show | grep -q 'slot=a trial=- failures=0'")
        assert update(made)["state"] == "installed"
        yield made


def on_again(machine):
    machine.power_cut()
    machine.start()
    machine.until_ready()


def run_for(machine, seconds):
    """On for so long, through its restarts."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(Failed):
        while True:
            machine.wait_reboot(patience=deadline - time.monotonic())


def test_power_cut_just_after_the_switch(updated):
    """The boot loader was told: it is tried, whoever starts the machine."""
    updated.run("warren update reboot")
    on_again(updated)
    until_kept(updated)
    assert "acme" in updated.run("warren instance list")


def test_power_cut_on_trial(updated):
    updated.run("warren update reboot")
    updated.wait_reboot()
    # Long before the hub could say that it is well.
    on_again(updated)
    state = update(updated)
    assert (state["slot"], state["boot"], state["state"]) == ("a", "kept", "failed"), state
    assert "acme" in updated.run("warren instance list")


def test_power_cut_right_after_it_is_kept(updated):
    updated.run("warren update reboot")
    updated.wait_reboot()
    updated.run(f"until {KEPT_B}; do sleep 0.2; done", patience=300)
    on_again(updated)
    state = update(updated)
    assert (state["slot"], state["boot"], state["state"]) == ("b", "kept", "idle"), state
    assert "acme" in updated.run("warren instance list")
    updated.run("warren instance add later --hostname later")


def test_power_cuts_at_any_moment(image, installed, measured):
    """From the word until it is kept: either slot, and it says which."""
    seed = int(os.environ.get("WARREN_SEED") or random.randrange(1 << 32))
    chance = random.Random(seed)
    seen = []
    for _ in range(CUTS):
        with contextlib.closing(Machine(image, firmware="bios", base=installed)) as machine:
            machine.start()
            machine.until_ready()
            machine.run("warren update reboot")
            after = chance.uniform(0, 90)
            run_for(machine, after)
            on_again(machine)
            if update(machine)["boot"] == "trial":
                machine.until(KEPT_B, patience=300)
            machine.until("/usr/lib/warren/image/slot show | grep -q ' trial=- failures=0'")
            state = update(machine)
            seen.append(f"{after:.1f} s: {state['slot']} {state['state']}")
            assert (state["slot"], state["state"]) in (("a", "failed"), ("b", "idle")), (seed, seen)
            assert loader(machine) == f"slot={state['slot']} trial=- failures=0"
            machine.run("warren instance list | grep -q acme && warren instance add later --hostname later")
    measured(f"seed {seed}: " + "; ".join(seen))


def test_a_slot_that_never_gets_ready_gives_way(image, installed):
    """Six times in a row, as the boot loader counts; then the other one, which stays since it is well."""
    with contextlib.closing(Machine(image, firmware="bios", base=installed)) as machine:
        for _ in range(6):
            machine.start()
            assert "warren.slot=a warren.boot=kept" in machine.run("cat /proc/cmdline")
            machine.power_cut()
        machine.start()
        assert "warren.slot=b warren.boot=fallback" in machine.run("cat /proc/cmdline")
        machine.until_ready()
        machine.until(KEPT_B, patience=300)
        state = update(machine)
        assert (state["slot"], state["boot"], state["state"]) == ("b", "fallback", "idle"), state
        machine.run("warren instance list | grep -q acme && warren instance add later --hostname later")
        on_again(machine)
        state = update(machine)
        assert (state["slot"], state["boot"]) == ("b", "kept"), state


STEPS = """
(warren update install /data/good.bundle && echo installed >>/run/steps && warren update reboot) >/run/said 2>&1 &
"""


def other(slot):
    return "b" if slot == "a" else "a"


PARTS = ("installation", "restart", "trial")


def _until_installed(machine, patience):
    """Was that said in time? A machine that goes down has said so, unheard."""
    deadline = time.monotonic() + patience
    with contextlib.suppress(Failed, OSError):
        while machine.run("cat /run/steps 2>/dev/null || true") == "":
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return True
    return False


def _update_until(machine, part, seconds, slot):
    """Installed and tried, through its restart, until the power is to go: so many seconds into a part of it. What was
    acknowledged by then, and how far its disk's log was when that was."""
    since = machine.written()
    machine.run(STEPS)
    said = _until_installed(machine, seconds if part == "installation" else LONG)
    seen, since = ("installed", machine.written()) if said else ("nothing", since)
    if part == "installation":
        return seen, since
    # The restart ends the emulator; another one goes on with the disk, and a log of its own.
    deadline = time.monotonic() + (seconds if part == "restart" else LONG)
    try:
        machine.process.wait(deadline - time.monotonic())
    except subprocess.TimeoutExpired:
        assert part == "restart", "the machine does not restart"
        return seen, since
    machine.wait_end(0)
    assert "reboot: Restarting" in machine.said()[-500:]
    machine.switch_on()
    if part == "restart":
        time.sleep(max(0, deadline - time.monotonic()))
        return "installed", 0
    machine.connect(deadline)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if machine.run("/usr/lib/warren/image/slot show") == f"slot={slot} trial=- failures=0\n":
            return "kept", machine.written()
        time.sleep(0.2)
    return "installed", 0


@pytest.mark.slow
def test_power_cuts_over_a_whole_update(image, good, measured):
    """From the first byte until it is kept, again and again, on a disk that loses what was not flushed: one slot or the
    other, and what was acknowledged is so."""
    seed = int(os.environ.get("WARREN_SEED") or random.randrange(1 << 32))
    print(f"WARREN_SEED={seed} WARREN_POWER_CUTS={CUTS}", flush=True)
    chance, lines = random.Random(seed), []
    with contextlib.closing(VolatileMachine(image, firmware="bios")) as machine:
        start(machine, good)
        machine.run("warren instance add acme --hostname acme")
        began = time.monotonic()
        install(machine, good)
        longest = dict(zip(PARTS, (time.monotonic() - began, 30, 90), strict=True))
        machine.run("warren update rollback")
        for number in range(CUTS):
            before = update(machine)["slot"]
            machine.run(f"warren instance add box{number} --hostname box{number}")
            part = PARTS[number % len(PARTS)]
            after = chance.uniform(0, longest[part])
            seen, since = _update_until(machine, part, after, other(before))
            _, kept, lost, _ = machine.lose_power(chance, since)
            machine.start()
            machine.until_ready()
            machine.until("warren update show --json | grep -qE '\"state\": *\"(idle|installed|failed)\"'", patience=300)
            machine.until("/usr/lib/warren/image/slot show | grep -q ' trial=- failures=0'")
            state = update(machine)
            lines.append(f"{after:.0f} s into its {part}, {seen}, {lost} of {lost + kept} sectors lost: from {before} to {state['slot']} {state['state']}")
            print(lines[-1], flush=True)
            possible = {
                "nothing": [(before, "idle"), (before, "installed"), (before, "failed"), (other(before), "idle")],
                "installed": [(before, "installed"), (before, "failed"), (other(before), "idle")],
                "kept": [(other(before), "idle")],
            }
            assert (state["slot"], state["state"]) in possible[seen], (state, lines)
            assert machine.run("warren instance list | grep -c box[0-9]") == f"{number + 1}\n"
            assert machine.ask("audit verify")["whole"]
            assert beyond_the_journal(machine.run("cat /run/warren-image/early.log")) == []
            if state["state"] == "installed":
                machine.run("warren update rollback")
    measured(f"seed {seed}:\n" + "\n".join(lines))


def test_power_cut_half_way(machine, good):
    start(machine, good)
    machine.run("(warren update install /data/good.bundle >/dev/null 2>&1 &); "
                "for i in $(seq 600); do warren update show | grep -q installing && break; sleep 0.5; done; sleep 5")  # fmt: skip
    state = update(machine)
    assert state["state"] == "installing" and 0 < state["received"] < state["total"] == good.stat().st_size
    on_again(machine)
    assert update(machine)["state"] == "idle" and loader(machine).startswith("slot=a trial=- ")
    # What is half there is no slot: asked for, it is refused; begun anew, it is one.
    assert machine.run("warren update reboot", check=False)[0] == 1
    install(machine, good)


# ---- what nobody signed ----


@pytest.fixture
def small(tmp_path):
    """Images of no use, which are there quickly."""

    def make(name, root=MIB, by=None, **what):
        (tmp_path / "boot").write_bytes(os.urandom(MIB))
        with open(tmp_path / "root", "wb") as file:
            file.write(os.urandom(MIB))
            file.truncate(root)
        return release.sign(name, tmp_path / "boot", tmp_path / "root", by=by, **what)

    return make


def _flipped(path, name, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    (KEPT / f"test/{name}.bundle").write_bytes(content)
    return KEPT / f"test/{name}.bundle"


def test_what_nobody_signed(machine, small, tmp_path):
    subprocess.run([release.TOOL, "key", tmp_path / "other"], check=True)
    fine = small("fine")
    cut = KEPT / "test/cut.bundle"
    cut.write_bytes(fine.read_bytes()[:-1000])
    refused = {
        small("foreign", by=tmp_path / "other"): "does not trust",
        _flipped(fine, "signature", 60): "signature of the update is broken",
        small("large", root=385 * MIB): "too large for the slot",
        small("older", version="0.0.9"): "older than",
        small("ancient", schema=1): "older than",
    }
    damaged = {cut: "cut off", _flipped(fine, "piece", -100): "damaged"}
    start(machine, *refused, *damaged)
    # Something that could be lost.
    machine.run("head -c 1M /dev/urandom | tee /dev/vda5 >/dev/vda6; sync")
    slot = machine.run("head -qc 4M /dev/vda5 /dev/vda6 | sha256sum")
    for path, why in refused.items():
        status, said = machine.run(f"warren update install /data/{path.name}", check=False, patience=LONG)
        assert status == 1 and why in said, (path.name, said)
        assert update(machine)["state"] == "idle"
    assert machine.run("head -qc 4M /dev/vda5 /dev/vda6 | sha256sum") == slot
    for path, why in damaged.items():
        status, said = machine.run(f"warren update install /data/{path.name}", check=False, patience=LONG)
        assert status == 1 and why in said, (path.name, said)
        assert machine.run("warren update reboot", check=False)[0] == 1
        # What is half there can't be booted.
        assert machine.run("head -c 1M /dev/vda5 | tr -d '\\0' | wc -c") == "0\n"
    on_again(machine)
    assert (update(machine)["slot"], update(machine)["boot"]) == ("a", "kept")
