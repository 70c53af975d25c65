# SPDX-License-Identifier: GPL-2.0-or-later
"""A backup of a hub with many peers, its time and its size, against `sqlite3 .backup`, gzip and `openssl enc` one after
the other; how long the API is kept waiting meanwhile; a restore. Run by tests/run bench in a private world."""

import pathlib
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

from hub_bench import MANY, Api, Hub, fill, install

ROUNDS = 5
PASSPHRASE = "correct horse battery staple"


def warren(*words):
    began = time.perf_counter()
    done = subprocess.run(["warren", "backup", *map(str, words)], input=PASSPHRASE + "\n", text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - began


def plain(state, folder):
    """What an admin would do by hand, on a copy of the database since the hub has it to itself."""
    source, copy, packed = folder / "source.db", folder / "copy.db", folder / "by-hand"
    for suffix in ("", "-wal"):
        if (state / f"warren.db{suffix}").exists():
            shutil.copy(state / f"warren.db{suffix}", f"{source}{suffix}")
    began = time.perf_counter()
    subprocess.run(["sqlite3", source, f".backup {copy}"], check=True)
    subprocess.run(
        f"gzip -c {copy} | openssl enc -aes-256-cbc -pbkdf2 -iter 600000 -pass pass:'{PASSPHRASE}' -out {packed} && sync {packed}",
        shell=True, check=True,
    )  # fmt: skip
    spent = time.perf_counter() - began
    size = packed.stat().st_size
    for path in folder.glob("*"):
        path.unlink()
    return spent, size


class Asker(threading.Thread):
    """Asks the API for its status all the time, and notes the longest wait."""

    def __init__(self):
        super().__init__(daemon=True)
        self.waits, self.ended = [], False

    def run(self):
        api = Api()
        while not self.ended:
            began = time.perf_counter()
            api("GET", "/backups/key")
            self.waits.append(time.perf_counter() - began)
            time.sleep(0.001)

    def stop(self):
        self.ended = True
        self.join()
        return self.waits


def main():
    install()
    where = pathlib.Path(tempfile.mkdtemp(prefix="warren-bench-", dir="/var/tmp"))
    where.chmod(0o755)  # the engine goes through it
    state, folder = where / "state", where / "folder"
    folder.mkdir()
    hub = Hub(str(state))
    fill(hub, "many", "10.90.0.0/16", MANY)
    file = where / "hub.backup"
    ours, theirs, waits = [], [], []
    asker = Asker()
    asker.start()
    time.sleep(ROUNDS)
    quiet = sorted(asker.stop())
    for _ in range(ROUNDS):
        asker = Asker()
        asker.start()
        time.sleep(0.2)
        asker.waits.clear()
        ours.append(warren("create", "-o", file, "--force"))
        waits += asker.stop()
        theirs.append(plain(state, folder))
    size, their_size = file.stat().st_size, statistics.median(size for _, size in theirs)
    time_ours, time_theirs = statistics.median(ours), statistics.median(spent for spent, _ in theirs)
    restored = warren("restore", file, "--yes")
    hub.stop()
    shutil.rmtree(where)
    waits.sort()
    print(f"{MANY} peers, median of {ROUNDS}")
    print(f"  time    warren backup create {time_ours:6.2f} s   by hand {time_theirs:6.2f} s   ratio {time_ours / time_theirs:.2f}")
    print(f"  size    warren backup create {size / 1e6:6.2f} MB  by hand {their_size / 1e6:6.2f} MB  ratio {size / their_size:.2f}")
    for what, found in (("meanwhile", waits), ("without a backup", quiet)):
        print(f"  API {what}: p99 {found[int(len(found) * 0.99)] * 1e3:.1f} ms, longest {found[-1] * 1e3:.1f} ms")
    print(f"  restore until the hub is ready again: {restored:.1f} s")


main()
