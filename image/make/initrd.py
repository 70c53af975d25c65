# SPDX-License-Identifier: GPL-2.0-or-later
"""The initrd: busybox, dmsetup and the modules of disks."""

import os
import re
import shutil

import kernel
from common import EPOCH, IMAGE, WORK, run, words

TOOLS = ("[", "cat", "chroot", "echo", "find", "grep", "head", "modprobe", "mount", "reboot", "seq", "sh", "sleep", "sort",
         "switch_root", "test")  # fmt: skip


def _copy_program(root, tree, path):
    """With its libraries, from the image's root: those of the build's machine may be older."""
    said = run("chroot", root, "/lib64/ld-linux-x86-64.so.2", "--list", path)
    for name in (path, *re.findall(r"(?:=> |^\s*)(/\S+)", said, re.MULTILINE)):
        (tree / name[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name[1:], tree / name[1:])


def _make_tree(tree, the_kernel, root):
    for name in ("bin", "dev", "proc", "sys", "root", "run", "sbin"):
        (tree / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin")
    for name in TOOLS:
        (tree / "bin" / name).symlink_to("busybox")
    (tree / "sbin/modprobe").symlink_to("/bin/busybox")
    _copy_program(root, tree, "/sbin/dmsetup")
    (tree / "bin/dmsetup").symlink_to("/sbin/dmsetup")
    kernel.copy(the_kernel.modules, kernel.choose(the_kernel.modules, words(IMAGE / "boot/modules")), tree)
    (tree / "lib").mkdir(exist_ok=True)
    (tree / "lib/modules").symlink_to("/usr/lib/modules")
    # The same in text is there.
    for name in tree.glob("usr/lib/modules/*/modules.*.bin"):
        name.unlink()
    shutil.copy(IMAGE / "boot/init", tree / "init")
    (tree / "init").chmod(0o755)


def pack(tree, image):
    """A cpio archive whose bytes say nothing of when and in which order it was made."""
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files, "."):
            os.utime(os.path.join(folder, name), (EPOCH, EPOCH), follow_symlinks=False)
    run("sh", "-euc", "find . -mindepth 1 -printf '%P\\n' | LC_ALL=C sort | "
        f"cpio --quiet -o -H newc --reproducible -R 0:0 | zstd -q -16 -T1 >'{image}'", cwd=tree)  # fmt: skip


def make(the_kernel, root, image):
    tree = WORK / "initrd"
    tree.mkdir()
    _make_tree(tree, the_kernel, root)
    pack(tree, image)
