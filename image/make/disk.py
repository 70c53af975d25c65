# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk: partitions, what is in them, and the boot loader, all in a sparse file that nobody mounts."""

import os
import shutil
import uuid

import grub
from common import EPOCH, IMAGE, WORK, run

SECTOR, MIB = 512, 1 << 20
ESP, BIOS = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "21686148-6449-6E6F-744E-656564454649"
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
# Name, type, size in MiB. What is left of the disk becomes the data partition at the first boot.
PARTITIONS = (
    ("warren-bios", BIOS, 1),
    ("warren-efi", ESP, 64),
    ("warren-boot-a", LINUX, 64),
    ("warren-root-a", LINUX, 384),
    ("warren-boot-b", LINUX, 64),
    ("warren-root-b", LINUX, 384),
)
SIZE = 2048
# Always the same ones, or two builds would differ.
SPACE = uuid.UUID("7c0a4f0e-5f5e-4f0b-9d0e-6f1f6b1d7a52")


def identity(name):
    return str(uuid.uuid5(SPACE, name))


def starts():
    """The first sector of each partition."""
    found, at = {}, MIB // SECTOR
    for name, _, size in PARTITIONS:
        found[name] = at
        at += size * MIB // SECTOR
    return found


def _size(name):
    return next(size for found, _, size in PARTITIONS if found == name)


def _partition(image):
    at = starts()
    lines = ["label: gpt", f"label-id: {identity('disk')}", "unit: sectors", "first-lba: 2048"]
    lines += [
        f"start={at[name]}, size={size * MIB // SECTOR}, type={kind}, uuid={identity(name)}, name={name}"
        for name, kind, size in PARTITIONS
    ]
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", image, input="\n".join(lines) + "\n")


def place(image, path, start):
    run("dd", f"if={path}", f"of={image}", "bs=1M", f"seek={start * SECTOR}", "oflag=seek_bytes", "conv=notrunc,sparse",
        "status=none")  # fmt: skip


def _put(image, data, start, skip=0):
    with open(image, "r+b") as file:
        file.seek(start * SECTOR + skip)
        file.write(data)


def _make_efi(image):
    tree = WORK / "efi"
    (tree / "EFI/BOOT").mkdir(parents=True)
    (tree / "EFI/BOOT/BOOTX64.EFI").write_bytes(grub.make("x86_64-efi"))
    (tree / "grub").mkdir()
    shutil.copy(IMAGE / "boot/grub.cfg", tree / "grub/grub.cfg")
    (tree / "grub/grubenv").write_bytes(grub.environment(slot="a", trial="-", failures="0"))
    for path in sorted(tree.rglob("*")):
        os.utime(path, (EPOCH, EPOCH))
    size = _size("warren-efi")
    with open(image, "wb") as file:
        file.truncate(size * MIB)
    run("mkfs.vfat", "--invariant", "-F", "32", "-n", "WARREN-EFI", "-i", "57415252", image)
    run("mcopy", "-i", image, "-s", "-m", tree / "EFI", tree / "grub", "::/")


def make_boot(files, image, tree):
    """A slot's boot partition: kernel, initrd and what they are told."""
    tree.mkdir()
    for name, path in files.items():
        shutil.copy(path, tree / name)
    for path in (*tree.iterdir(), tree):
        os.utime(path, (EPOCH, EPOCH))
        os.chown(path, 0, 0)
    size = _size("warren-boot-a")
    image.unlink(missing_ok=True)
    fixed = {**os.environ, "E2FSPROGS_FAKE_TIME": str(EPOCH)}
    run("mke2fs", "-q", "-t", "ext2", "-b", "4096", "-m", "0", "-N", "64", "-L", "warren-boot", "-U", identity("boot-fs"),
        "-E", f"hash_seed={identity('boot-hash')},root_owner=0:0", "-O", "^resize_inode,^dir_index", "-d", tree, image,
        f"{size}M", env=fixed)  # fmt: skip
    # mke2fs takes over when the files here were last looked at and changed, which nobody can set.
    names = ("/", "/lost+found", *(f"/{name}" for name in files))
    words = [f"set_inode_field {name} {field} @{EPOCH}" for name in names for field in ("atime", "ctime", "mtime")]
    run("debugfs", "-w", "-f", "-", image, input="\n".join(words) + "\n", env=fixed)


def make(boot, root, image):
    at = starts()
    with open(image, "wb") as file:
        file.truncate(SIZE * MIB)
    _partition(image)
    efi = WORK / "efi.img"
    _make_efi(efi)
    place(image, efi, at["warren-efi"])
    place(image, boot, at["warren-boot-a"])
    place(image, root, at["warren-root-a"])
    _put(image, grub.boot_sector(at["warren-bios"]), 0)
    _put(image, grub.core(at["warren-bios"]), at["warren-bios"])
