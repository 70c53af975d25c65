#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the #includes of the whole tree and fails when one of them runs against the arrows.

Usage: includes.py [ROOT]. First proves on made-up lines that it can fail.
"""

import re
import sys
from pathlib import Path

PROGRAMS = {"hub/warrend", "hub/engine", "hub/cli", "hub/api", "hub/settings"}
LIBRARIES = {"hub/acme", "hub/backup", "hub/base", "hub/channel", "hub/hash", "hub/identity", "hub/pki", "hub/store", "hub/update", "peers", "profiles", "tunnel", "webui"}
EVERYTHING = LIBRARIES | PROGRAMS

# folder: what it may include beside itself
MAY_USE = {
    "hub/base": set(),
    "hub/acme": {"hub/base", "hub/channel"},
    "hub/backup": {"hub/base"},
    "hub/channel": {"hub/base"},
    "hub/hash": {"hub/backup", "hub/base", "hub/channel"},
    "hub/identity": {"hub/base"},
    "hub/pki": {"hub/base"},
    "hub/update": {"hub/base", "hub/channel"},
    "hub/store": {"hub/backup", "hub/base"},
    "peers": {"hub/base"},
    "profiles": {"hub/base", "peers"},
    "tunnel": {"hub/base", "hub/channel"},
    "webui": {"hub/base", "hub/channel"},
    **{program: EVERYTHING for program in PROGRAMS},
    "image": {"hub/base", "hub/settings"},
    "tests": EVERYTHING | {"image"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
SKIPPED = re.compile(r"^(build|\.)")


def folder_of(path):
    """The folder of the table that a file belongs to, or None."""
    parts = Path(path).parts
    for length in (2, 1):
        name = "/".join(parts[:length])
        if len(parts) > length and name in MAY_USE:
            return name
    return None


def wrong_include(path, included):
    """What is wrong with `path` including `included`, or None."""
    source, target = folder_of(path), folder_of(included)
    if source is None:
        return f"{path} is in no folder of the table"
    if target is None:
        return f'includes "{included}", which is in no folder of the table'
    if target == source or target in MAY_USE[source]:
        return None
    return f'includes "{included}": {source} may not use {target}'


def local_name(root, path, included):
    """Names are from the root; those beside a file (in tests, made by the build) are its own."""
    if (root / included).exists() or "/" in included:
        return included
    return str(path.parent / included)


def check_tree(root):
    complaints, seen = [], 0
    for file in sorted(root.rglob("*.[ch]")):
        path = file.relative_to(root)
        if SKIPPED.match(path.parts[0]):
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match or match[1] in GENERATED_OR_FOREIGN:
                continue
            seen += 1
            wrong = wrong_include(path, local_name(root, path, match[1]))
            if wrong:
                complaints.append(f"{path}:{number}: {wrong}")
    return complaints, seen


# Named from the root, but not in it: WireGuard's own library, compiled from where Debian has it.
GENERATED_OR_FOREIGN = {"wireguard.h"}

SAMPLES = [
    ("hub/base/text.c", "hub/base/text.h", True),
    ("hub/base/text.c", "peers/rules.h", False),
    ("hub/store/store.c", "hub/channel/verbs.h", False),
    ("hub/pki/pki.c", "hub/base/pem.h", True),
    ("hub/pki/pki.c", "hub/store/store.h", False),
    ("hub/engine/main.c", "hub/pki/pki.h", True),
    ("tunnel/openvpn_config.c", "hub/pki/pki.h", False),
    ("peers/rules.c", "hub/base/address.h", True),
    ("peers/rules.c", "profiles/qr.h", False),
    ("peers/rules.c", "hub/api/route.h", False),
    ("profiles/qr.c", "peers/routes.h", True),
    ("profiles/qr.c", "hub/settings/settings.h", False),
    ("tunnel/net.c", "hub/channel/verbs.h", True),
    ("tunnel/net.c", "hub/store/store.h", False),
    ("hub/engine/engine.c", "tunnel/wireguard.h", True),
    ("hub/cli/main.c", "hub/api/route.h", True),
    ("tests/unit/peers/test_rules.c", "peers/rules.h", True),
    ("peers/rules.c", "tests/unit/peers/x.h", False),
    ("peers/rules.c", "nowhere/x.h", False),
    ("nowhere/x.c", "hub/base/text.h", False),
]


def prove_that_it_can_fail():
    for path, included, allowed in SAMPLES:
        if (wrong_include(path, included) is None) != allowed:
            sys.exit(f"the check itself is wrong about {path} including {included}")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]).resolve()
    prove_that_it_can_fail()
    complaints, seen = check_tree(root)
    print(*complaints, sep="\n", end="\n" if complaints else "")
    if seen == 0:
        sys.exit(f"no #include found below {root}")
    print(f"{seen} includes, {len(complaints)} against the arrows")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
