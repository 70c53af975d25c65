# SPDX-License-Identifier: GPL-2.0-or-later
"""The update: a slot's images, signed. The key is the one that WARREN_UPDATE_KEY names, else one that is made for this
checkout; an image takes updates of the key it was built with."""

import os
import re
import shutil

import programs
from common import IMAGE, KEPT, SOURCE, run

KEY = os.environ.get("WARREN_UPDATE_KEY")


def _key():
    if KEY:
        return KEY
    made = KEPT / "update.key"
    if not made.exists():
        run(programs.bundle_tool(), "key", made)
    return made


def put_key(root):
    (root / "usr/share/warren").mkdir(parents=True, exist_ok=True)
    shutil.copy(f"{_key()}.pub", root / "usr/share/warren/update.pub")
    (root / "usr/share/warren/update.pub").chmod(0o644)


def _version():
    return re.search(r"version: '([^']+)'", (IMAGE.parent / "meson.build").read_text())[1]


def make(slot, path):
    schema = len(list((SOURCE / "hub/store/migrations").glob("*.sql")))
    run(programs.bundle_tool(), "make", _key(), _version(), schema, slot / "boot.img", slot / "root.img", path)
