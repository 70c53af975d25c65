# SPDX-License-Identifier: GPL-2.0-or-later
"""The page in Chromium with many peers: the first paint of the overview and its figures, each time with nothing kept from
before; the table of peers, searched, sorted, filtered and scrolled. Run by tests/run bench in a private world."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hub"))

from hub_bench import BUILD, MANY, Hub, Table, fill, install  # noqa: E402
from web_bench import sign_in  # noqa: E402

ROUNDS, TABLES = 11, 3
HERE = pathlib.Path(__file__).resolve().parent


def browse(cookie, path):
    name, value = cookie.split("=", 1)
    facts = {
        "url": "https://127.0.0.1",
        "cookie": {"name": name, "value": value, "url": "https://127.0.0.1", "secure": True},
        "peers": f"{path}/peers",
        "many": MANY,
        "rounds": ROUNDS,
        "tables": TABLES,
    }
    environment = {**os.environ, "HOME": "/run/world", "XDG_CONFIG_HOME": "/run/world/config", "XDG_CACHE_HOME": "/run/world/cache"}
    command = ["timeout", "300", "node", HERE / "page.mjs", json.dumps(facts)]
    return json.loads(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, env=environment).stdout)


def report(table, found):
    for part in ("paint", "shown"):
        all_of_them = sorted(each[part] for each in found["overview"])
        print(f"overview, {part}: {', '.join(f'{ms:.0f}' for ms in all_of_them)} ms")
    table.row(f"overview with {MANY} peers: first paint, median of {ROUNDS}", statistics.median(each["paint"] for each in found["overview"]) / 1000, 1, "s")
    table.row("its figures on the screen", statistics.median(each["shown"] for each in found["overview"]) / 1000, 1, "s")
    acts = found["table"][0]["ms"]
    medians = {act: statistics.median(each["ms"][act] for each in found["table"]) for act in acts}
    print(f"table of {MANY} peers, median of {TABLES}: " + ", ".join(f"{act} {ms:.0f} ms" for act, ms in medians.items()))
    assert all(each["last"] == MANY + 1 for each in found["table"]), "scrolled to the last row"
    loading = ("paint", "shown", "whole")
    table.row("first rows of the table on the screen", medians["shown"] / 1000, 1, "s")
    table.row("the slowest of searching, sorting, filtering, choosing", max(ms for act, ms in medians.items() if act not in loading), 200, "ms")
    frames = sorted(frame for each in found["table"] for frame in each["frames"])
    print(f"scrolled through: {len(frames)} frames, 95th percentile {frames[len(frames) * 95 // 100]:.0f} ms, longest {frames[-1]:.0f} ms")
    table.row("a frame while it is scrolled through, median", frames[len(frames) // 2], 50, "ms")


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    table = Table()
    hub = Hub(state)
    try:
        cookie = sign_in(hub)["Cookie"]
        report(table, browse(cookie, fill(hub, "large", "10.72.0.0/16", MANY)))
    finally:
        hub.stop()
        shutil.rmtree(state, ignore_errors=True)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
