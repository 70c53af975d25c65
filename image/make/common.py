# SPDX-License-Identifier: GPL-2.0-or-later
"""What the steps of the build share."""

import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
IMAGE = SOURCE / "image"
KEPT = pathlib.Path(os.environ.get("WARREN_IMAGE_BUILD", SOURCE / "build-image")).resolve()
WORK = KEPT / "work"


class Failed(Exception):
    pass


def run(*command, **options):
    """Answers what the command says; an error holds all of it."""
    command = [str(word) for word in command]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        raise Failed(f"{done.stdout}\n{' '.join(command)}: status {done.returncode}")
    return done.stdout


def words(path):
    """Those of a list, without its comments."""
    return [word for line in path.read_text().splitlines() for word in line.split("#")[0].split()]


def _epoch():
    """The time of the commit: everything in the image has it, or two builds would differ."""
    return run("git", "-c", f"safe.directory={SOURCE}", "-C", SOURCE, "log", "-1", "--format=%ct").strip()


EPOCH = int(_epoch())
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": str(EPOCH),
}
ENVIRONMENT |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
