# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root file system and kernel, made of Debian's packages from this machine's own apt sources. Made once
for each content of what goes into it, and kept in build-vm."""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import tempfile

from command import run

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
KEPT = SOURCE / "build-vm"
KERNEL = "linux-image-6.12-cloud-amd64"
LISTS = (SOURCE / "hub/packages", HERE / "guest-packages")
# Of the kernel's modules, those that may be asked for.
MODULES = ("crypto", "arch/x86/crypto", "drivers/block", "drivers/net", "lib", "net", "fs/overlayfs")
SIZE = "3G"
# In the place of a program that builds what the guest has built already; older than all of that, so that nothing is built anew.
REFUSAL = "#!/bin/sh\necho \"$0: nothing is built in here\" >&2\nexit 1\n"


def _with_lists(*command, **options):
    """Once more with new ones, where apt's lists of packages are missing or old."""
    try:
        return run(*command, **options)
    except AssertionError:
        run("apt-get", "update", "-q")
        return run(*command, **options)


def _sources():
    """What of this machine's apt sources is Debian 12."""
    said = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                "Created-By: Packages", "Origin: Debian")  # fmt: skip
    found = sorted({line for line in said.splitlines() if re.search(r" bookworm\S* ", line)})
    assert found, "apt knows no packages of Debian 12: apt-get update"
    return "\n".join(found) + "\n"


def _kernel_package():
    """The package that the unversioned name stands for."""
    said = _with_lists("apt-cache", "depends", "--important", KERNEL)
    found = re.search(r"Depends: (linux-image-[0-9]\S+)", said)
    assert found, f"{KERNEL} does not name a kernel:\n{said}"
    return found[1]


def _packages():
    """The guest's packages, and where the programs are that a list names instead of one (hub/install-packages)."""
    words = [word.partition(":") for path in LISTS for word in path.read_text().split()]
    programs = [shutil.which(program) or f"/usr/bin/{program}" for _, _, program in words if program]
    return [package for package, _, program in words if not program], programs


def _digest(kernel):
    digest = hashlib.sha256(" ".join([kernel, *_packages()[1]]).encode())
    for path in (pathlib.Path(__file__), HERE / "init", *LISTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _unpack_kernel(package, work, root, vmlinuz):
    _with_lists("apt-get", "-o", "APT::Sandbox::User=root", "download", package, cwd=work)
    kernel = work / "kernel"
    run("dpkg-deb", "-x", next(work.glob("linux-image-*.deb")), kernel)
    shutil.copy(next(kernel.glob("boot/vmlinuz-*")), vmlinuz)
    modules = next(kernel.glob("lib/modules/*"))
    there = root / "usr/lib/modules" / modules.name
    for name in MODULES:
        shutil.copytree(modules / "kernel" / name, there / "kernel" / name)
    for path in modules.glob("modules.*"):
        shutil.copy(path, there)
    # An emulated processor is slow at unpacking.
    run("xz", "--decompress", *there.rglob("*.ko.xz"))
    run("depmod", "--basedir", root, modules.name)


def _make(kernel, work, image, vmlinuz):
    root = work / "root"
    packages, programs = _packages()
    run(
        "mmdebstrap", "--mode=root", "--variant=essential", f"--include={','.join(packages)}", "--aptopt=Acquire::Languages none",
        "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/man/*",
        "bookworm", root, "-", input=_sources(),
    )  # fmt: skip
    _unpack_kernel(kernel, work, root, vmlinuz)
    shutil.copy(HERE / "init", root / "init")
    (root / "init").chmod(0o755)
    for program in programs:
        refusing = root / program.lstrip("/")
        refusing.parent.mkdir(parents=True, exist_ok=True)
        refusing.write_text(REFUSAL)
        refusing.chmod(0o755)
        os.utime(refusing, (1, 1))
    make_disk(root, image, SIZE)


def make_disk(directory, image, size):
    """A file system with what is in the directory, without mounting anything."""
    run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", directory, image, size)


def prepared():
    """The kernel and the root's image."""
    KEPT.mkdir(exist_ok=True)
    with open(KEPT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kernel = _kernel_package()
        digest = _digest(kernel)
        image, vmlinuz = KEPT / f"root-{digest}.img", KEPT / f"vmlinuz-{digest}"
        if not image.exists():
            for old in (*KEPT.glob("root-*"), *KEPT.glob("vmlinuz-*")):
                old.unlink()
            # On the disk of the build: a root does not belong into memory.
            with tempfile.TemporaryDirectory(dir=KEPT, prefix="work-") as work:
                new = pathlib.Path(work) / "root.img"
                _make(kernel, pathlib.Path(work), new, vmlinuz)
                os.rename(new, image)
    return vmlinuz, image
