# SPDX-License-Identifier: GPL-2.0-or-later
"""GRUB for both firmwares, without grub-install: what it writes is put into the image by hand."""

import pathlib
import struct

from common import WORK, run

LIB = pathlib.Path("/usr/lib/grub")
SECTOR = 512
SHARED = ("part_gpt", "fat", "ext2", "normal", "configfile", "linux", "loadenv", "test", "regexp", "echo", "reboot", "halt", "sleep")
MODULES = {"i386-pc": ("biosdisk", *SHARED), "x86_64-efi": ("efi_gop", *SHARED)}
# The EFI partition is the second one; GRUB finds out which disk it came from.
PREFIX = {"i386-pc": "(,gpt2)/grub", "x86_64-efi": "/grub"}


def make(platform):
    image = WORK / f"grub.{platform}"
    run("grub-mkimage", "-O", platform, "-d", LIB / platform, "-p", PREFIX[platform], "-o", image, *MODULES[platform])
    return image.read_bytes()


def environment(**values):
    """The block that GRUB writes into: always of this size, filled up; values of one character (boot/grub.cfg)."""
    text = "# GRUB Environment Block\n" + "".join(f"{name}={value}\n" for name, value in values.items())
    return text.encode().ljust(1024, b"#")


def boot_sector(first):
    """Loads the sector of that number; the partition table's part of the sector is left as zeros."""
    sector = bytearray((LIB / "i386-pc/boot.img").read_bytes())
    assert len(sector) == SECTOR
    struct.pack_into("<Q", sector, 0x5C, first)
    # What grub-install does for disks: take no drive number that a floppy disk would have.
    sector[0x66:0x68] = b"\x90\x90"
    return bytes(sector[:440])


def core(first):
    """GRUB's own image, which is told at the end of its first sector where the rest of it is."""
    data = bytearray(make("i386-pc"))
    data.extend(bytes(-len(data) % SECTOR))
    segment = struct.unpack_from("<H", data, SECTOR - 12 + 10)[0]
    struct.pack_into("<QHH", data, SECTOR - 12, first + 1, len(data) // SECTOR - 1, segment)
    return bytes(data)
