# SPDX-License-Identifier: GPL-2.0-or-later
"""The update: a slot's images, signed, with a key of image/build's --sign, else with one that is made for this checkout.
An image takes updates of the key it was built for."""

import os
import re
import shutil

import programs
from common import IMAGE, KEPT, SOURCE, run


def _key():
    """What signs; None: nobody does here."""
    if "WARREN_UPDATE_KEY" in os.environ:
        return os.environ["WARREN_UPDATE_KEY"]
    if "WARREN_UPDATE_TRUST" in os.environ:
        return None
    made = KEPT / "update.key"
    if not made.exists():
        run(programs.bundle_tool(), "key", made)
    return made


def _trusted():
    return os.environ.get("WARREN_UPDATE_TRUST") or f"{_key()}.pub"


def put_key(root):
    (root / "usr/share/warren").mkdir(parents=True, exist_ok=True)
    shutil.copy(_trusted(), root / "usr/share/warren/update.pub")
    (root / "usr/share/warren/update.pub").chmod(0o644)


def _version():
    return re.search(r"version: '([^']+)'", (IMAGE.parent / "meson.build").read_text())[1]


def make(slot, path):
    """Answers what there is to say of it."""
    schema = len(list((SOURCE / "hub/store/migrations").glob("*.sql")))
    words = [_version(), schema, slot / "boot.img", slot / "root.img"]
    path.unlink(missing_ok=True)
    if not _key():
        return f"To be signed: {' '.join(map(str, [programs.bundle_tool(), 'make', 'KEY', *words, 'FILE']))}\n"
    run(programs.bundle_tool(), "make", _key(), *words, path)
    return ""
