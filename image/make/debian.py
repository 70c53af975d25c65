# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's packages, from this machine's own apt sources."""

import hashlib
import pathlib
import re
import time

from common import KEPT, Failed, run

KERNEL = "linux-image-6.12-amd64"
CACHE = KEPT / "packages"


def sources():
    """What of this machine's apt sources is Debian 12, as lines."""
    said = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
               "Created-By: Packages", "Origin: Debian")  # fmt: skip
    found = sorted({line for line in said.splitlines() if re.search(r" bookworm\S* ", line)})
    if not found:
        raise Failed("apt knows no packages of Debian 12: apt-get update")
    return "\n".join(found) + "\n"


def kernel_package():
    """The package that the unversioned name stands for."""
    said = run("apt-cache", "depends", "--important", KERNEL)
    found = re.search(r"Depends: (linux-image-[0-9]\S+)", said)
    if not found:
        raise Failed(f"{KERNEL} does not name a kernel:\n{said}")
    return found[1]


def kernel():
    """The newest kernel's package, as a file."""
    name = kernel_package()
    version = re.search(r"Version: (\S+)", run("apt-cache", "show", "--no-all-versions", name))[1]
    kept = KEPT / f"{name}_{version.replace(':', '%3a')}_amd64.deb"
    if not kept.exists():
        for old in KEPT.glob("linux-image-*"):
            old.unlink()
        run("apt-get", "-o", "APT::Sandbox::User=root", "download", f"{name}={version}", cwd=KEPT)
    return kept


def state():
    """Which packages there are, as far as this machine's apt knows: what is made of them is good for this state."""
    digest = hashlib.sha256(sources().encode())
    for path in sorted(pathlib.Path("/var/lib/apt/lists").glob("*InRelease")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def refresh():
    """A day is as old as the lists of packages may be."""
    lists = list(pathlib.Path("/var/lib/apt/lists").glob("*InRelease"))
    if not lists or max(path.stat().st_mtime for path in lists) < time.time() - 86400:
        run("apt-get", "update", "-q")


def install(root, packages, hooks=()):
    """A root file system with these packages, in a new directory. What was fetched is kept for the next time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    run(
        "mmdebstrap", "--mode=root", "--variant=essential", f"--include={','.join(packages)}",
        "--aptopt=Acquire::Languages none", "--aptopt=APT::Install-Recommends false",
        "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--dpkgopt=path-exclude=/usr/share/info/*", "--dpkgopt=path-exclude=/usr/share/bash-completion/*",
        "--skip=download/empty", "--skip=essential/unlink", "--skip=cleanup/apt/cache",
        '--setup-hook=mkdir -p "$1/var/cache/apt/archives/"',
        f"--setup-hook=sync-in {CACHE} /var/cache/apt/archives/",
        *hooks,
        f"--customize-hook=sync-out /var/cache/apt/archives {CACHE}",
        "bookworm", root, "-", input=sources(),
    )  # fmt: skip
    _forget_the_day(root)


def _forget_the_day(root):
    """Accounts remember when they were made."""
    shadow = root / "etc/shadow"
    shadow.write_text(re.sub(r"^([^:]+:[^:]*):\d+:", r"\1:19000:", shadow.read_text(), flags=re.MULTILINE))
