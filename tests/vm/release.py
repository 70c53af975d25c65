# SPDX-License-Identifier: GPL-2.0-or-later
"""Releases that never were: this checkout's image with something changed in it, as updates that its key signs."""

import json
import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

from command import run
from machine import KEPT, SOURCE

BUILD = KEPT / "programs"
TOOL = BUILD / "hub/update/warren-bundle"
ROOT = KEPT / "slot/root.img"
MIGRATIONS = SOURCE / "hub/store/migrations"
SCHEMA = len(list(MIGRATIONS.glob("*.sql")))
KEY = KEPT / "update.key"
NEWER = "9.9.9"


def sign(name, boot, root, version=NEWER, schema=SCHEMA, by=None):
    path = KEPT / f"test/{name}.bundle"
    run(TOOL, "make", by or KEY, version, schema, boot, root, path)
    return path


def same(image, name):
    """This very release, with the tests' agent in it."""
    return sign(name, image.boot, ROOT)


def spoiled(image, name):
    """Its root is not what verity is told."""
    with tempfile.NamedTemporaryFile(dir=KEPT) as file:
        content = bytearray(ROOT.read_bytes())
        for at in range(0, len(content), 1 << 20):
            content[at + 5000 : at + 5100] = os.urandom(100)
        file.write(content)
        file.flush()
        return sign(name, image.boot, file.name)


def changed(image, name, *changes, schema=SCHEMA):
    """The root with changes, each a function of its tree."""
    import verity

    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        folder = pathlib.Path(folder)
        run("unsquashfs", "-quiet", "-no-progress", "-d", folder / "root", ROOT)
        for change in changes:
            change(folder / "root")
        run("mksquashfs", folder / "root", folder / "root.img", "-quiet", "-no-progress", "-comp", "zstd",
             "-Xcompression-level", "1", "-no-xattrs")  # fmt: skip
        image.boot_of(verity.add(folder / "root.img"), folder / "boot.img")
        return sign(name, folder / "boot.img", folder / "root.img", schema=schema)


# ---- changes ----


def _engine(migration, path):
    """The engine with one more step of the database: its objects linked anew, with another table of steps."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / f"{SCHEMA + 1:04d}_next.sql").write_text(migration)
        steps = [*sorted(MIGRATIONS.glob("*.sql")), folder / f"{SCHEMA + 1:04d}_next.sql"]
        run(sys.executable, SOURCE / "hub/store/embed_migrations.py", folder / "migrations.c", *steps)
        entries = json.loads((BUILD / "compile_commands.json").read_text())
        compile_ = next(entry["command"] for entry in entries if entry["file"].endswith("migrations.c"))
        words = [word for word in shlex.split(compile_) if not word.startswith("-M")]
        words[words.index("-c") + 1] = folder / "migrations.c"
        words[words.index("-o") + 1] = folder / "migrations.o"
        run(*[word for word in words if not str(word).endswith(".d") and not str(word).startswith("hub/store/libstore.a.p/meson")],
             cwd=BUILD)  # fmt: skip
        said = run("ninja", "-t", "commands", "hub/engine/warren-engine", cwd=BUILD)
        link = next(line for line in reversed(said.splitlines()) if re.search(r" -o hub/engine/warren-engine ", line))
        # Before the library, which need not give its own then.
        link = link.replace(" -o hub/engine/warren-engine ", f" -o {path} {folder}/migrations.o ", 1)
        run("sh", "-c", link, cwd=BUILD)
    run("strip", path)


def with_migration(sql):
    return lambda tree: _engine(sql, tree / "usr/libexec/warren/warren-engine")


def without_workers(tree):
    """No instance can become active."""
    path = tree / "usr/libexec/warren/warren-net"
    path.unlink()
    shutil.copy(tree / "usr/bin/false", path)


def without_wireguard(tree):
    """All seems well, and nobody's handshake comes through."""
    path = tree / "usr/lib/warren/image/box.nft"
    text = path.read_text()
    hook = re.search(r"hook input[^\n]*\n", text)
    path.write_text(text[: hook.end()] + "\t\tmeta l4proto udp th dport 51820-51999 drop\n" + text[hook.end() :])
