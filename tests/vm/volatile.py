# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose disk has a cache that a power cut empties: what was written and not flushed is there by chance, a
sector at a time. Killing the emulator alone loses nothing, since this machine's kernel keeps what it wrote."""

import os
import random
import re
import struct

from command import run
from machine import Machine

SECTOR = 512
# What e2fsck says of a file system that lost the end of its journal, and no more than that: the transaction that was being
# written, or what was deleted while somebody had it open.
SOUND = re.compile(r"^Journal checksum error found in \S+$|^\S+ (?:recovering journal|clean, .* blocks|was not cleanly unmounted, check forced\.|"
                   r"contains a file system with errors, check forced\.|\d+/\d+ files \(.*\), \d+/\d+ blocks|"
                   r"Journal transaction \d+ was corrupt, replay was aborted\.|"
                   r"(?:Clearing|Truncating) orphaned inode \d+ .*)$")  # fmt: skip
# The emulator's log of all writes, as Linux's dm-log-writes has it.
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4


LARGEST, LONGEST_GAP = 1 << 24, 8192  # sectors of a disk, and of a write that is missing


def _header(log, at):
    """First sector, number of sectors and flags; None where none was written: of what was on its way at the end."""
    log.seek(at)
    data = log.read(SECTOR)
    if len(data) < SECTOR or any(data[32:]) or not any(data):
        return None
    sector, count, flags, length = struct.unpack("<QQQQ", data[:32])
    good = flags <= FLUSH | FUA | DISCARD and length == 0 and sector + count <= LARGEST
    return (sector, count, flags) if good else None


def entries(log):
    """First sector, number of sectors, flags, and where in the log the data is."""
    log.seek(0)
    head = log.read(28)
    if not any(head):
        return
    magic, _, _, size = struct.unpack("<QQQI", head)
    assert magic == MAGIC and size == SECTOR, "no log of writes"
    at, missing = SECTOR, 0
    # Writes are on their way side by side: one that is missing may have others behind it.
    while missing <= LONGEST_GAP:
        head = _header(log, at)
        at += SECTOR
        missing = 0 if head else missing + 1
        if head:
            yield *head, at
            at += 0 if head[2] & DISCARD else head[1] * SECTOR


def _written(log, at):
    """Was this sector of the log ever? The file is full of holes at first."""
    try:
        return os.lseek(log.fileno(), at, os.SEEK_DATA) < at + SECTOR
    except OSError:
        return False


def _end(entry):
    _, count, flags, at = entry
    return at + (0 if flags & DISCARD else count * SECTOR)


def end(log):
    """Where the log ends so far."""
    return max(map(_end, entries(log)), default=0)


def replay(log, disk, chance, since=None):
    """All that was flushed, in its order, and of the rest what chance has reached the disk. Answers the numbers of sectors
    that were flushed, kept and lost, and where the log ended when the power went. `since`: what end() said at some time; the
    power went after any one of the writes since then, as it seldom does between a write and its flush by itself."""
    found = list(entries(log))
    if since is not None:
        found = found[: chance.randint(sum(entry[3] <= since for entry in found), len(found))]
    flushed = max((i + 1 for i, entry in enumerate(found) if entry[2] & FLUSH), default=0)
    sectors = [0, 0, 0]
    for i, (sector, count, flags, at) in enumerate(found):
        safe = i < flushed or flags & FUA
        if flags & DISCARD and not safe:
            continue
        log.seek(at)
        data = bytes(count * SECTOR) if flags & DISCARD else log.read(count * SECTOR)
        if safe:
            disk.seek(sector * SECTOR)
            disk.write(data)
            sectors[0] += count
            continue
        for j in range(count):
            kept = _written(log, at + j * SECTOR) and chance.random() < 0.5
            sectors[1 if kept else 2] += 1
            if kept:
                disk.seek((sector + j) * SECTOR)
                disk.write(data[j * SECTOR : (j + 1) * SECTOR])
    return *sectors, max(map(_end, found), default=SECTOR)


def beyond_the_journal(log):
    """Lines of what e2fsck wrote that tell of anything else."""
    return [line for line in log.splitlines() if line and not SOUND.match(line)]


class VolatileMachine(Machine):
    def _make_disk(self, size, base, form):
        self.solid, self.log = self.folder / "kept.raw", self.folder / "log"
        run("cp", "--sparse=always", base or self.image.raw, self.solid)
        run("truncate", "-s", size, self.solid)

    def _drive(self):
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", self.solid, "-F", "raw", self.disk)
        self.log.unlink(missing_ok=True)
        run("truncate", "-s", "8G", self.log)
        return [
            "-blockdev", f"driver=qcow2,node-name=written,discard=unmap,file.driver=file,file.filename={self.disk}",
            "-blockdev", f"driver=blklogwrites,node-name=disk,file=written,log.driver=file,log.filename={self.log}",
            "-device", "virtio-blk-pci,drive=disk",
        ]  # fmt: skip

    def switch_on(self):
        if self.process:
            # It ended by itself: the disk has all that its cache had.
            run("qemu-img", "commit", "-q", self.disk)
            self._drive()
        super().switch_on()

    def written(self):
        """How far it is with what it wrote."""
        with open(self.log, "rb") as log:
            return end(log)

    def lose_power(self, chance: random.Random, since):
        """At some moment after that was written: replay()."""
        self.power_cut()
        with open(self.log, "rb") as log, open(self.solid, "r+b") as disk:
            return replay(log, disk, chance, since)
