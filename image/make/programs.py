# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of this checkout, below /usr."""

import json
import os
import shutil

from common import KEPT, SOURCE, run

BUILD = KEPT / "programs"
# No path of this machine in what is built.
FLAGS = f"-ffile-prefix-map={SOURCE}=. -ffile-prefix-map={BUILD}=."


def _installed_targets():
    targets = json.loads(run("meson", "introspect", "--targets", BUILD))
    return [os.path.relpath(name, BUILD) for target in targets if target["installed"] for name in target["filename"]]


OPTIONS = ("--prefix=/usr", "-Dbuildtype=debugoptimized", "-Dappliance=true", f"-Dc_args={FLAGS}", "--strip")


def _targets():
    # What signs updates is not installed.
    return [*_installed_targets(), "hub/update/warren-bundle"]


def bundle_tool():
    return BUILD / "hub/update/warren-bundle"


def install(root):
    stamp = BUILD / "options"
    if not stamp.exists() or stamp.read_text() != repr(OPTIONS):
        shutil.rmtree(BUILD, ignore_errors=True)
        run("meson", "setup", BUILD, SOURCE, *OPTIONS)
        stamp.write_text(repr(OPTIONS))
    run("ninja", "-C", BUILD, "build.ninja")
    run("ninja", "-C", BUILD, *_targets())
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
