# SPDX-License-Identifier: GPL-2.0-or-later
"""The root file system: Debian's packages, the kernel's modules, the programs, and what makes an appliance of it."""

import hashlib
import os
import pathlib
import re
import shutil

import bundle
import debian
import programs
from common import EPOCH, IMAGE, KEPT, run, words

HERE = IMAGE / "root"


def _accounts_hook():
    """Numbers of users are the same in every release: the data partition outlives them."""
    lists = " && ".join(f"cat {HERE / 'accounts' / name} >>\"$1/etc/{name}\"" for name in ("passwd", "group", "shadow"))
    return f"--essential-hook={lists}"


def _remove(root):
    for pattern in words(HERE / "remove"):
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _copy_files(root):
    """What stands in root/files, and the scripts; owned by root whoever has the checkout."""
    for source in sorted(path for path in (HERE / "files").rglob("*") if not path.is_dir()):
        there = root / source.relative_to(HERE / "files")
        there.parent.mkdir(parents=True, exist_ok=True)
        if there.is_symlink() or there.exists():
            there.unlink()
        if source.is_symlink():
            there.symlink_to(os.readlink(source))
        else:
            shutil.copy(source, there)
            there.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _set_units(root):
    """Which units start: no preset, no guess."""
    for line in (HERE / "units").read_text().splitlines():
        action, _, names = line.split("#")[0].strip().partition(" ")
        for name in names.split():
            if action == "mask":
                link = root / "etc/systemd/system" / name
                link.unlink(missing_ok=True)
                link.symlink_to("/dev/null")
            else:
                run("systemctl", "--root", root, action, name)


def _write_manifest(root):
    """Which packages of which versions are in it."""
    said = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Package} ${Version}\n")
    (root / "usr/share/warren").mkdir(parents=True, exist_ok=True)
    (root / "usr/share/warren/packages").write_text(said)


def _version():
    return re.search(r"version: '([^']+)'", (IMAGE.parent / "meson.build").read_text())[1]


def _write_release(root):
    release = f'NAME=Warren\nID=warren\nID_LIKE=debian\nVERSION_ID={_version()}\nPRETTY_NAME="Warren {_version()}"\n'
    path = root / "usr/lib/os-release"
    path.write_text(release)


def _install_packages(root):
    """The packages alone are kept for the next build from the same ones."""
    digest = hashlib.sha256(debian.state().encode())
    for path in (HERE / "packages", *sorted((HERE / "accounts").iterdir()), pathlib.Path(debian.__file__)):
        digest.update(path.read_bytes())
    kept = KEPT / f"packages-{digest.hexdigest()[:16]}.tar"
    if not kept.exists():
        for old in KEPT.glob("packages-*.tar"):
            old.unlink()
        debian.install(root, words(HERE / "packages"), [_accounts_hook()])
        run("tar", "-C", root, "--numeric-owner", "--exclude=./dev/*", "-cf", f"{kept}.new", ".")
        pathlib.Path(f"{kept}.new").rename(kept)
        shutil.rmtree(root)
    root.mkdir()
    run("tar", "-C", root, "--numeric-owner", "-xpf", kept)


def make(root, the_kernel):
    _install_packages(root)
    the_kernel.install(root)
    programs.install(root)
    bundle.put_key(root)
    _write_manifest(root)
    _write_release(root)
    _remove(root)
    _copy_files(root)
    _set_units(root)
    run("chroot", root, "/sbin/ldconfig", "-X")
    for name in ("data", "efi", "var"):
        (root / name).mkdir(exist_ok=True)


def pack(root, image):
    """Also the numbers of inodes and the order of files are the same every time."""
    run("mksquashfs", root, image, "-noappend", "-quiet", "-no-progress", "-comp", "zstd", "-Xcompression-level", "15",
        "-b", "131072", "-no-xattrs", "-no-exports", "-reproducible", "-mkfs-time", EPOCH, "-all-time", EPOCH,
        env={key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"})  # fmt: skip
