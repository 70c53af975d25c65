# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do in a browser: Chromium, in a private world with a hub and devices of its own."""

import subprocess

import build
import scenario

HERE = build.SOURCE / "tests/browser"


def install():
    """What the lock file says, unless it is there already."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules/.package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    owner = build.SOURCE.stat()
    subprocess.run(["npm", "ci", "--silent"], cwd=HERE, user=owner.st_uid, group=owner.st_gid, check=True)


def run(arguments):
    install()
    return scenario.run([*arguments, "tests/browser"])
