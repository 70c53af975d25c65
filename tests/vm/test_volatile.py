# SPDX-License-Identifier: GPL-2.0-or-later
"""That the disk of the power cuts really loses what was not flushed, and keeps what was; without a machine."""

import random
import subprocess

import pytest
from volatile import SECTOR, end, replay

pytestmark = [pytest.mark.appliance, pytest.mark.ci]
SIZE = 1 << 20


def _write(folder, *commands):
    """By the emulator's own disk, until it is killed."""
    for name, size in (("written", SIZE), ("log", 16 * SIZE)):
        with open(folder / name, "wb") as file:
            file.truncate(size)
    options = f"driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename={folder}/written,"
    options += f"log.driver=file,log.filename={folder}/log"
    words = [word for command in (*commands, "abort") for word in ("-c", command)]
    done = subprocess.run(["qemu-io", "-t", "writeback", *words, "--image-opts", options], capture_output=True, text=True, cwd=folder)
    assert done.returncode < 0, done.stdout + done.stderr


def _end(folder):
    with open(folder / "log", "rb") as log:
        return end(log)


def _replay(folder, seed, since=None):
    disk = folder / "kept"
    disk.write_bytes(b"\0" * SIZE)
    with open(folder / "log", "rb") as log, open(disk, "r+b") as file:
        counts = replay(log, file, random.Random(seed), since)
    return counts, disk.read_bytes()


def test_what_was_not_flushed_is_lost_by_chance(tmp_path):
    _write(tmp_path, "write -P 1 0 64k", "flush", "write -P 2 0 32k", "write -P 3 64k 32k")
    seen = set()
    for seed in range(4):
        (flushed, kept, lost, _), data = _replay(tmp_path, seed)
        assert (flushed, kept + lost) == (128, 128) and kept > 20 and lost > 20
        # Whole sectors, each of now or of before.
        sectors = [set(data[at : at + SECTOR]) for at in range(0, SIZE, SECTOR)]
        assert all(sector in ({1}, {2}) for sector in sectors[:64])
        assert all(sector == {1} for sector in sectors[64:128])
        assert all(sector in ({0}, {3}) for sector in sectors[128:192])
        assert all(sector == {0} for sector in sectors[192:])
        seen.add(data)
    assert len(seen) == 4


def test_what_was_flushed_is_there(tmp_path):
    _write(tmp_path, "write -P 1 0 64k", "discard 0 32k", "write -P 2 16k 4k", "flush", "flush")
    (flushed, kept, lost, _), data = _replay(tmp_path, 1)
    assert (kept, lost) == (0, 0) and flushed > 128
    assert set(data[: 16 << 10]) == {0} and set(data[16 << 10 : 20 << 10]) == {2} and set(data[32 << 10 : 64 << 10]) == {1}


def test_power_goes_after_any_write_since_then(tmp_path):
    _write(tmp_path, "write -P 1 0 32k", "flush")
    since = _end(tmp_path)
    _write(tmp_path, "write -P 1 0 32k", "flush", "write -P 2 0 32k", "flush")
    seen = {frozenset(_replay(tmp_path, seed, since)[1][: 32 << 10]) for seed in range(40)}
    assert seen == {frozenset({1}), frozenset({1, 2}), frozenset({2})}
