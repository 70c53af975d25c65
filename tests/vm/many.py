# SPDX-License-Identifier: GPL-2.0-or-later
"""A backup of a hub with an instance of 10,000 peers, made by a hub in a private world of this machine, since the
emulated one would take an hour. Kept for the next run of the same release.

Usage, in there: many.py FILE"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
COUNT = 10000
PASSPHRASE = "correct horse battery staple"


def prepared(kept):
    """The file; `kept` is where such things are."""
    sys.path.append(str(SOURCE / "tests/runner"))
    import scenario

    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes())
    for path in sorted((SOURCE / "hub/store/migrations").glob("*.sql")):
        digest.update(path.read_bytes())
    path = kept / f"many-{digest.hexdigest()[:16]}.backup"
    if not path.exists():
        subprocess.run(
            [*scenario.WORLD, "tests/scenario/world", "/usr/bin/python3", "-B", __file__, f"{path}.new"], cwd=SOURCE, check=True
        )
        os.rename(f"{path}.new", path)
    return path


def main():
    sys.path.append(str(SOURCE / "tests/bench/hub"))
    from hub_bench import Hub, fill, install

    install()
    hub = Hub(tempfile.mkdtemp(prefix="many-", dir="/run"))
    try:
        fill(hub, "many", "10.64.0.0/16", COUNT)
        subprocess.run(["warren", "backup", "create", "-o", sys.argv[1]], input=PASSPHRASE + "\n", text=True, check=True)
    finally:
        hub.stop()


if __name__ == "__main__":
    main()
