# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of the disk image, beside those of a stock Debian in the same emulator; how good they are is for people to
judge. And that two builds are the same."""

import contextlib
import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import pytest
import stock
from machine import KEPT, SOURCE, Image, Machine

pytestmark = pytest.mark.appliance
ROUNDS = 3
MEMORY = 768


def _seconds_to_tunnels(machine):
    """With an instance in it; the console's first screen that says so is the end."""
    before = len(machine.said())
    started = time.monotonic()
    machine.start(wait=False)
    while "Hub            ready" not in machine.said()[before:]:
        assert time.monotonic() - started < 600, machine.said()[-3000:]
        time.sleep(0.2)
    return time.monotonic() - started


def test_time_to_tunnels(measured):
    kept = stock.prepared()
    ours, theirs = [], []
    with contextlib.closing(Machine(Image().prepare(), memory=MEMORY)) as machine:
        machine.start()
        machine.until("warren status | grep -q '^ready: *yes'")
        machine.until("test -e /data/config/seeded")
        machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client && sync")
        machine.power_cut()
        for _ in range(ROUNDS):
            theirs.append(stock.seconds_to_login(kept, MEMORY))
            ours.append(_seconds_to_tunnels(machine))
            machine.power_cut()
    ratio = statistics.median(ours) / statistics.median(theirs)
    measured(
        f"power-on to hub ready with an instance: {statistics.median(ours):.1f} s of {[round(x, 1) for x in ours]}\n"
        f"stock Debian to its login prompt: {statistics.median(theirs):.1f} s of {[round(x, 1) for x in theirs]}\n"
        f"ratio: {ratio:.2f}"
    )


def test_sizes(measured):
    kept = stock.prepared()
    root = subprocess.run(["unsquashfs", "-lln", KEPT / "slot/root.img"], check=True, capture_output=True, text=True).stdout
    installed = sum(int(line.split()[2]) for line in root.splitlines() if line.startswith("-"))
    theirs = int((kept / "size").read_text())
    measured(
        f"packed: {(KEPT / 'warren.raw.zst').stat().st_size / 1e6:.1f} MB, stock {(kept / 'disk.qcow2').stat().st_size / 1e6:.1f} MB\n"
        f"installed: {installed / 1e6:.1f} MB, stock {theirs / 1e6:.1f} MB: {installed / theirs:.2f} of it"
    )


def _build(folder):
    """From a checkout of its own, at a place of its own, with only the packages that are kept."""
    source = folder / "source"
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", "--local", SOURCE, source], check=True)
    kept = folder / "kept"
    kept.mkdir()
    shutil.copytree(KEPT / "packages", kept / "packages", copy_function=os.link)
    for package in KEPT.glob("linux-image-*"):
        os.link(package, kept / package.name)
    done = subprocess.run([source / "image/build"], env={**os.environ, "WARREN_IMAGE_BUILD": str(kept)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    digests = {}
    for name in ("slot/root.img", "slot/boot.img", "warren.raw", "warren.qcow2", "warren.raw.zst"):
        with open(kept / name, "rb") as file:
            digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def test_two_builds_are_the_same_bytes():
    found = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(dir=KEPT, prefix="twice-") as folder:
            found.append(_build(pathlib.Path(folder)))
    assert found[0] == found[1]
