# SPDX-License-Identifier: GPL-2.0-or-later
"""A box with two slots: files stand for its partitions, a program for its boot loader; bundles are made and signed with
the real tools, and everything that checks and writes them is real."""

import os
import pathlib
import subprocess
import textwrap

import hub

BOX = pathlib.Path("/run/world/box")
SLOTS = pathlib.Path("/run/warren-image/slots")
MIB = 1 << 20
HEAD = "# GRUB Environment Block\n"


def bundle_tool(*words):
    subprocess.run([hub.BUILD / "hub/update/warren-bundle", *map(str, words)], check=True)


def choice():
    """What the boot loader is told."""
    text = (BOX / "efi").read_bytes()[5 * 512 : 5 * 512 + 1024].decode()
    assert text.startswith(HEAD)
    return dict(line.split("=") for line in text[len(HEAD) :].split("#")[0].splitlines())


def write_choice(**values):
    text = HEAD + "".join(f"{name}={value}\n" for name, value in values.items())
    with open(BOX / "efi", "r+b") as file:
        file.seek(5 * 512)
        file.write(text.encode().ljust(1024, b"#"))


def _describe(slot, kind):
    SLOTS.parent.mkdir(exist_ok=True)
    lines = {"slot": slot, "boot": kind, "choice": BOX / "efi", "key": BOX / "key.pub", "reboot": BOX / "reboot"}
    lines |= {f"{image}_{name}": BOX / f"{image}-{name}" for image in ("boot", "root") for name in "ab"}
    SLOTS.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))


class Box:
    """The hub of this world, as if it were started from slot a."""

    def __init__(self):
        BOX.mkdir(mode=0o755, exist_ok=True)
        for name in ("boot-a", "root-a", "boot-b", "root-b"):
            with open(BOX / name, "wb") as file:
                file.truncate(8 * MIB)
        (BOX / "efi").write_bytes(bytes(64 * 512))
        write_choice(slot="a", trial="-", failures="0")
        bundle_tool("key", BOX / "key")
        (BOX / "reboot").write_text(textwrap.dedent(f"""\
            #!/bin/sh
            touch {BOX}/rebooting
        """))
        (BOX / "reboot").chmod(0o755)
        _describe("a", "kept")
        hub.stop()
        hub.start()

    def bundle(self, name="good", version="9.9.9", key=None, schema=99, root=None):
        """A signed update; its images are noise."""
        images = BOX / "images"
        images.mkdir(exist_ok=True)
        (images / "boot").write_bytes(os.urandom(MIB + 5000) + bytes(MIB))
        (images / "root").write_bytes(root or os.urandom(2 * MIB))
        path = BOX / f"{name}.bundle"
        bundle_tool("make", key or BOX / "key", version, schema, images / "boot", images / "root", path)
        return path

    def holds(self, slot):
        """Does the slot hold the images of the bundle that was made last?"""
        return all(
            (BOX / f"{image}-{slot}").read_bytes().startswith((BOX / "images" / image).read_bytes()) for image in ("boot", "root")
        )

    def wants_reboot(self, within=10):
        return hub.wait_until((BOX / "rebooting").exists, within)

    def boot(self, start=True):
        """The power goes off, and comes on again: what GRUB's configuration does."""
        hub.kill()
        hub.run("/usr/local/sbin/warrend", "--stop-tunnels")
        (BOX / "rebooting").unlink(missing_ok=True)
        told = choice()
        slot, kind = (told["trial"], "trial") if told["trial"] != "-" else (told["slot"], "kept")
        failures = told["failures"] if kind == "trial" else str(int(told["failures"]) + 1)
        write_choice(slot=told["slot"], trial="-", failures=failures)
        _describe(slot, kind)
        if start:
            hub.start()
        return slot, kind

    def close(self):
        hub.kill()
        SLOTS.unlink(missing_ok=True)
        (hub.STATE / "update").unlink(missing_ok=True)
        hub.start()
        subprocess.run(["rm", "-rf", BOX], check=True)
