# SPDX-License-Identifier: GPL-2.0-or-later
"""The appliance updated: kept when it is well; the slot before it comes back from a release that does not start, from a
power cut in the middle, and nothing is written that nobody signed."""

import contextlib
import json
import os
import subprocess
import time

import pytest
from machine import KEPT, Image, Machine

pytestmark = pytest.mark.appliance
READY = "warren status | grep -q '^ready: *yes'"
TOOL = KEPT / "programs/hub/update/warren-bundle"
LONG = 900  # s: a hundred megabytes through an emulated processor


def _bundle(image, name, root, key=None):
    """An update to this very release, with the tests' agent in it."""
    path = KEPT / f"test/{name}.bundle"
    key = key or os.environ.get("WARREN_UPDATE_KEY") or KEPT / "update.key"
    subprocess.run([TOOL, "make", key, "9.9.9", "99", image.boot, root, path], check=True)
    return path


@pytest.fixture(scope="module")
def image():
    return Image().prepare()


@pytest.fixture(scope="module")
def good(image):
    return _bundle(image, "good", KEPT / "slot/root.img")


@pytest.fixture(scope="module")
def bad(image):
    """Signed like any other, and its root is not what verity is told."""
    root = KEPT / "test/bad-root.img"
    content = bytearray((KEPT / "slot/root.img").read_bytes())
    for at in range(0, len(content), 1 << 20):
        content[at + 5000 : at + 5100] = os.urandom(100)
    root.write_bytes(content)
    return _bundle(image, "bad", root)


@pytest.fixture
def machine(image):
    """From its disk: it is the boot loader that chooses."""
    with contextlib.closing(Machine(image, firmware="bios")) as made:
        yield made


def start(machine, *bundles):
    """On, with bundles on drives of their own, copied to where they can be read."""
    drives = [word for path in bundles for word in ("-drive", f"if=virtio,format=raw,readonly=on,file={path}")]
    machine.start(*drives)
    machine.until(READY)
    for letter, path in zip("bcd", bundles, strict=False):
        machine.run(f"head -c {path.stat().st_size} /dev/vd{letter} >/data/{path.name}", patience=LONG)


def update(machine):
    return json.loads(machine.run("warren update show --json"))


def loader(machine):
    return machine.run("/usr/lib/warren/image/slot show").strip()


def install(machine, path):
    machine.run(f"warren update install /data/{path.name}", patience=LONG)
    assert update(machine)["state"] == "installed"


def test_good_update_is_kept(machine, good, measured):
    start(machine, good)
    machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
    key = machine.run("warren peer show acme laptop --json | grep public_key")
    assert (update(machine)["slot"], update(machine)["boot"], update(machine)["state"]) == ("a", "kept", "idle")
    began = time.monotonic()
    install(machine, good)
    taken = time.monotonic() - began
    began = time.monotonic()
    machine.run("warren update reboot")
    machine.wait_reboot()
    machine.until(READY)
    measured(f"installed in {taken:.0f} s; from the old slot to the new one's hub ready in {time.monotonic() - began:.0f} s")
    machine.until("/usr/lib/warren/image/slot show | grep -qx 'slot=b trial= failures=0'")
    assert update(machine)["slot"] == "b" and update(machine)["state"] == "idle"
    assert machine.run("warren peer show acme laptop --json | grep public_key") == key
    machine.run("warren peer add acme later --client")
    assert machine.run("dmesg | grep 'audit:.*type=1326' | grep warren-update", check=False)[1] == ""
    # A power cut does not bring the old one back.
    machine.power_cut()
    machine.start()
    machine.until(READY)
    assert update(machine)["slot"] == "b" and "later" in machine.run("warren peer list acme")
    began = time.monotonic()
    machine.run("systemctl reboot", check=False)
    machine.wait_reboot()
    machine.until(READY)
    measured(f"a plain restart, to hub ready: {time.monotonic() - began:.0f} s")


def test_release_that_does_not_start(machine, bad):
    start(machine, bad)
    machine.run("warren instance add acme --hostname acme")
    install(machine, bad)
    machine.run("warren update reboot")
    # Into the new one, which panics, and by itself back.
    machine.wait_reboot(patience=400)
    machine.until(READY)
    state = update(machine)
    assert (state["slot"], state["boot"], state["state"]) == ("a", "kept", "failed"), state
    assert "acme" in machine.run("warren instance list")
    assert "update.rolled-back" in machine.run("warren audit list")
    machine.run("warren instance add again --hostname again")


def test_power_cut_on_trial(machine, good):
    start(machine, good)
    machine.run("warren instance add acme --hostname acme")
    install(machine, good)
    machine.run("warren update reboot")
    machine.wait_reboot()
    # Long before the hub could say that it is well.
    machine.power_cut()
    machine.start()
    machine.until(READY)
    state = update(machine)
    assert (state["slot"], state["state"]) == ("a", "failed"), state
    assert "acme" in machine.run("warren instance list")


def test_power_cut_half_way_and_what_nobody_signed(machine, image, good):
    other = KEPT / "test/other.key"
    subprocess.run([TOOL, "key", other], check=True)
    foreign = _bundle(image, "foreign", KEPT / "slot/root.img", other)
    start(machine, good, foreign)
    status, said = machine.run("warren update install /data/foreign.bundle", check=False, patience=LONG)
    assert status == 1 and "does not trust" in said, said
    machine.run("(warren update install /data/good.bundle >/dev/null 2>&1 &); "
                "for i in $(seq 600); do warren update show | grep -q installing && break; sleep 0.5; done; sleep 5")  # fmt: skip
    assert update(machine)["state"] == "installing"
    machine.power_cut()
    machine.start()
    machine.until(READY)
    assert update(machine)["state"] == "idle" and loader(machine).startswith("slot=a trial= ")
    # What is half there is no slot: asked for, it is refused; begun anew, it is one.
    assert machine.run("warren update reboot", check=False)[0] == 1
    install(machine, good)
