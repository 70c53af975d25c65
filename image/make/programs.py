# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of this checkout, below /usr."""

import json
import os

from common import KEPT, SOURCE, run

BUILD = KEPT / "programs"
# No path of this machine in what is built.
FLAGS = f"-ffile-prefix-map={SOURCE}=. -ffile-prefix-map={BUILD}=."


def _installed_targets():
    targets = json.loads(run("meson", "introspect", "--targets", BUILD))
    return [os.path.relpath(name, BUILD) for target in targets if target["installed"] for name in target["filename"]]


def install(root):
    if not (BUILD / "build.ninja").exists():
        run("meson", "setup", BUILD, SOURCE, "--prefix=/usr", "-Dbuildtype=debugoptimized", f"-Dc_args={FLAGS}",
            "--strip")  # fmt: skip
    run("ninja", "-C", BUILD, "build.ninja")
    run("ninja", "-C", BUILD, *_installed_targets())
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
