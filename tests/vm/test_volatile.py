# SPDX-License-Identifier: GPL-2.0-or-later
"""That the disk of the power cuts really loses what was not flushed, and keeps what was; without a machine."""

import random
import subprocess

import pytest
from volatile import SECTOR, beyond_the_journal, end, replay

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


# ---- what the check of a file system says ----

JOURNAL = ["jo -c -v 3", "jw -b 200000,200001 blocks", "jc", "jo -c -v 3", "jw -b 200002,200003 blocks", "jc"]
DESCRIPTOR, DATA, COMMIT = 5, 6, 8  # blocks of the second transaction


def _file_system(folder):
    disk = folder / "data"
    with open(disk, "wb") as file:
        file.truncate(3 << 30)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", "warren-data", disk], check=True)
    (folder / "blocks").write_bytes(random.Random(1).randbytes(8192))
    (folder / "commands").write_text("\n".join(JOURNAL) + "\n")
    subprocess.run(["debugfs", "-w", "-f", "commands", disk], check=True, capture_output=True, cwd=folder)
    said = subprocess.run(["debugfs", "-R", "blocks <8>", disk], check=True, capture_output=True, text=True).stdout
    return disk, int(said.split()[0])


def _check(disk, *damaged):
    """What it says once the sectors are not what they were."""
    with open(disk, "r+b") as file:
        for sector in damaged:
            file.seek(sector * SECTOR)
            file.write(random.Random(sector).randbytes(SECTOR))
    done = subprocess.run(["e2fsck", "-p", disk], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_a_torn_end_of_the_journal_is_sound(tmp_path):
    for block, status in ((None, 0), (DESCRIPTOR, 1), (COMMIT, 0)):
        disk, journal = _file_system(tmp_path)
        # Of the block the first half is there.
        torn = [(journal + block) * 8 + number for number in range(4, 7)] if block else []
        done, said = _check(disk, *torn)
        assert (done, beyond_the_journal(said)) == (status, []), said
        assert "recovering journal" in said and bool(torn) == ("check forced" in said)


def test_other_damage_is_not_sound(tmp_path):
    disk, journal = _file_system(tmp_path)
    done, said = _check(disk, (journal + DATA) * 8 + 4)
    assert done == 1 and [line for line in beyond_the_journal(said) if "Invalid checksum recovering data block" in line], said
    disk, journal = _file_system(tmp_path)
    assert beyond_the_journal(_check(disk, journal * 8)[1])
    table = subprocess.run(["dumpe2fs", disk], capture_output=True, text=True, check=True).stdout
    inodes = int(table.split("Inode table at ")[1].split("-")[0])
    disk, journal = _file_system(tmp_path)
    assert beyond_the_journal(_check(disk, (journal + DESCRIPTOR) * 8 + 4, inodes * 8)[1])
