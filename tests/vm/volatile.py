# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose disk has a cache that a power cut empties: what was written and not flushed is there by chance, a
sector at a time. Killing the emulator alone loses nothing, since this machine's kernel keeps what it wrote."""

import random
import struct

from machine import Machine, _run

SECTOR = 512
# The emulator's log of all writes, as Linux's dm-log-writes has it.
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4


def entries(log):
    """First sector, number of sectors, flags, and where in the log the data is."""
    log.seek(0)
    magic, _, _, size = struct.unpack("<QQQI", log.read(28))
    assert magic == MAGIC and size == SECTOR, "no log of writes"
    at = SECTOR
    while True:
        log.seek(at)
        head = log.read(32)
        if len(head) < 32 or not any(head):
            return
        sector, count, flags, _ = struct.unpack("<QQQQ", head)
        at += SECTOR
        yield sector, count, flags, at
        if not flags & DISCARD:
            at += count * SECTOR


def replay(log, disk, chance):
    """All that was flushed, in its order, and of the rest what chance has reached the disk. Answers the numbers of sectors
    that were flushed, kept and lost."""
    found = list(entries(log))
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
            kept = chance.random() < 0.5
            sectors[1 if kept else 2] += 1
            if kept:
                disk.seek((sector + j) * SECTOR)
                disk.write(data[j * SECTOR : (j + 1) * SECTOR])
    return sectors


class VolatileMachine(Machine):
    def _make_disk(self, size, base):
        self.kept, self.log = self.folder / "kept.raw", self.folder / "log"
        _run("cp", "--sparse=always", base or self.image.raw, self.kept)
        _run("truncate", "-s", size, self.kept)

    def _drive(self):
        _run("qemu-img", "create", "-q", "-f", "qcow2", "-b", self.kept, "-F", "raw", self.disk)
        self.log.unlink(missing_ok=True)
        _run("truncate", "-s", "8G", self.log)
        return [
            "-blockdev", f"driver=qcow2,node-name=written,discard=unmap,file.driver=file,file.filename={self.disk}",
            "-blockdev", f"driver=blklogwrites,node-name=disk,file=written,log.driver=file,log.filename={self.log}",
            "-device", "virtio-blk-pci,drive=disk",
        ]  # fmt: skip

    def stop_dead(self):
        """The processor stands still, what it had told the disk to do is in the log: then the emulator is killed."""
        self.control("stop")
        self.process.kill()

    def lose_power(self, chance: random.Random):
        """After stop_dead(). Answers what replay() does."""
        self.power_cut()
        with open(self.log, "rb") as log, open(self.kept, "r+b") as disk:
            return replay(log, disk, chance)
