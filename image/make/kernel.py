# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel, with the modules that are named in root/modules, and what those need."""

import fnmatch
import shutil

import debian
from common import IMAGE, KEPT, Failed, run, words


def _dependencies(modules):
    """modules.dep, as a module's path and the paths of what it needs."""
    lines = [line.split(":") for line in (modules / "modules.dep").read_text().splitlines()]
    return {name: needs.split() for name, needs in lines}


def choose(modules, patterns):
    """Paths of the modules that the patterns name, and of what they need; modules.dep has all of the latter."""
    needs = _dependencies(modules)
    chosen = set()
    for pattern in patterns:
        found = [name for name in needs if fnmatch.fnmatch(name.split("kernel/", 1)[1].split(".ko")[0], pattern)]
        if not found:
            raise Failed(f"the kernel has no module {pattern}")
        for name in found:
            chosen.update((name, *needs[name]))
    return sorted(chosen)


def copy(modules, chosen, root):
    """Uncompressed: reading them is cheaper than unpacking them twice."""
    there = root / "usr/lib/modules" / modules.name
    for name in chosen:
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / name, there / name)
    packed = list(there.rglob("*.ko.xz"))
    if packed:
        run("xz", "--decompress", *packed)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy(modules / name, there)
    run("depmod", "--basedir", root / "usr", modules.name)
    return there


class Kernel:
    def __init__(self):
        unpacked = self._unpack(debian.kernel())
        self.vmlinuz = next(unpacked.glob("boot/vmlinuz-*"))
        self.modules = next(unpacked.glob("lib/modules/*"))
        self.release = self.modules.name

    @staticmethod
    def _unpack(package):
        """Kept for the next build."""
        kept = KEPT / "kernel"
        if not (kept / package.name).exists():
            shutil.rmtree(kept, ignore_errors=True)
            run("dpkg-deb", "-x", package, kept)
            # Packages leave that to depmod on the machine.
            run("depmod", "--basedir", kept, next(kept.glob("lib/modules/*")).name)
            (kept / package.name).touch()
        return kept

    def install(self, root):
        return copy(self.modules, choose(self.modules, words(IMAGE / "root/modules")), root)
