# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of the disk image, beside those of a stock Debian in the same emulator; how good they are is for people to
judge. And that two builds are the same."""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

import many
import pytest
import stock
from machine import INSIDE, KEPT, SOURCE, Machine, processor_seconds

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
    return time.monotonic() - started, processor_seconds(machine.process.pid)


def test_time_to_tunnels(image, measured):
    kept = stock.prepared()
    ours, theirs = [], []
    with contextlib.closing(Machine(image, memory=MEMORY)) as machine:
        machine.start()
        machine.until_ready()
        machine.until("test -e /data/config/seeded")
        machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client && sync")
        machine.power_cut()
        for _ in range(ROUNDS):
            theirs.append(stock.seconds_to_login(kept, MEMORY))
            ours.append(_seconds_to_tunnels(machine))
            machine.power_cut()
    lines = []
    for which, what in enumerate(("s", "s of this machine's processors")):
        mine, other = ([pair[which] for pair in pairs] for pairs in (ours, theirs))
        lines.append(
            f"power-on to hub ready with an instance: {statistics.median(mine):.1f} {what} of {[round(x, 1) for x in mine]}; "
            f"stock Debian to its login prompt: {statistics.median(other):.1f} of {[round(x, 1) for x in other]}; "
            f"ratio: {statistics.median(mine) / statistics.median(other):.2f}"
        )
    measured("\n".join(lines))


def _second(journal, what):
    """Since power-on, of the first line that has it."""
    return float(re.search(rf"^\[ *([0-9.]+)\].*{what}", journal, re.MULTILINE)[1])


def test_ten_thousand_peers_at_boot(image, measured):
    """From the start of the hub until each has its place in the kernel, beside `wg setconf` of the same ones there."""
    backup = many.prepared(KEPT / "test")
    drive = ["-drive", f"if=virtio,format=raw,readonly=on,file={backup}"]
    active = """until warren instance show many --json | grep -q '"state": *"active"'; do sleep 0.5; done"""
    with contextlib.closing(Machine(image, memory=1024)) as machine:
        machine.start(*drive)
        machine.until_ready()
        machine.run(f"head -c {backup.stat().st_size} /dev/vdb >/data/many.backup")
        machine.run(f"warren backup restore /data/many.backup --yes <<<'{many.PASSPHRASE}'", patience=600)
        machine.run(active, patience=600)
        machine.run("sync")
        machine.power_cut()
        machine.start()
        # Who asks takes the time of the one processor that there is.
        machine.run(f"sleep 25; {active}", patience=600)
        said = machine.run("journalctl -b -u warrend -o short-monotonic")
        worker, ready = (_second(said, what) for what in ("worker of (?!the hub).* started", "-> active "))
        started = float(machine.run("systemctl show -P ExecMainStartTimestampMonotonic warrend.service")) / 1e6
        assert int(machine.run(f"{INSIDE} wg show wg0 peers | wc -l")) == many.COUNT
        seconds = machine.run(
            f"{INSIDE} wg showconf wg0 | sed /ListenPort/d >/tmp/conf && ip link add bare type wireguard && "
            "TIMEFORMAT=%R && time wg setconf bare /tmp/conf && wg show bare peers | wc -l", patience=300,
        ).split()  # fmt: skip
        bare = float(seconds[0])
        assert int(seconds[1]) == many.COUNT
        measured(
            f"{many.COUNT} peers: all in the kernel {ready - worker:.1f} s after their worker's start, "
            f"{ready - started:.1f} s after the hub's, {ready:.1f} s after power-on; wg setconf of them in the same machine: "
            f"{bare:.1f} s; ratios: {(ready - worker) / bare:.2f}, {(ready - started) / bare:.2f}"
        )


def test_memory(image, measured):
    """Of the whole box, idle, with nothing but an instance."""
    with contextlib.closing(Machine(image, memory=MEMORY)) as machine:
        machine.start()
        machine.until_ready()
        machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
        machine.until("test -e /data/config/seeded")
        machine.run("sleep 30; sync; echo 3 >/proc/sys/vm/drop_caches")
        total, free, cached = (int(word) for word in machine.run("free -m | awk '/Mem/ {print $2, $4, $6}'").split())
        measured(f"memory of the idle box: {total - free - cached} MB of programs and kernel, {cached} MB of files kept")


def test_sizes(measured):
    kept = stock.prepared()
    root = subprocess.run(["unsquashfs", "-lln", KEPT / "slot/root.img"], check=True, capture_output=True, text=True).stdout
    installed = sum(int(line.split()[2]) for line in root.splitlines() if line.startswith("-"))
    theirs = int((kept / "size").read_text())
    measured(
        f"packed: {(KEPT / 'warren.raw.zst').stat().st_size / 1e6:.1f} MB, stock {(kept / 'disk.qcow2').stat().st_size / 1e6:.1f} MB\n"
        f"installed: {installed / 1e6:.1f} MB, stock {theirs / 1e6:.1f} MB: {installed / theirs:.2f} of it"
    )


def _build(folder, given):
    """From a checkout of its own, at a place of its own, with the packages and the key that are kept, and what is given.
    Its digests, and the packages' tree that it keeps for the next one."""
    source = folder / "source"
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", "--local", SOURCE, source], check=True)
    kept = folder / "kept"
    kept.mkdir()
    shutil.copytree(KEPT / "packages", kept / "packages", copy_function=os.link)
    for file in (*KEPT.glob("linux-image-*"), *KEPT.glob("update.key*"), *given):
        os.link(file, kept / file.name)
    done = subprocess.run([source / "image/build"], env={**os.environ, "WARREN_IMAGE_BUILD": str(kept)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    digests = {}
    for name in ("slot/root.img", "slot/boot.img", "warren.raw", "warren.qcow2", "warren.raw.zst"):
        with open(kept / name, "rb") as file:
            digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests, kept.glob("packages-*.tar")


def test_two_builds_are_the_same_bytes():
    """One with nothing, one with what it left."""
    with tempfile.TemporaryDirectory(dir=KEPT, prefix="twice-") as first, tempfile.TemporaryDirectory(dir=KEPT, prefix="twice-") as second:
        fresh, left = _build(pathlib.Path(first), ())
        again, _ = _build(pathlib.Path(second), left)
    assert fresh == again
