# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast the engine answers on its own socket: one peer, and a page of 100 of many. Run by tests/run bench in a
private world. BENCH_PEERS is how many, BENCH_HOLD=1 waits with the hub running, for a profiler."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hub_bench import BUILD, MANY, SOCKET, Hub, Table, fill, install  # noqa: E402

LOAD = BUILD / "tests/bench/engine/api_load"
IN_FLIGHT = 50


def load(connections, path, query=None, seconds=4):
    """Requests a second, then ms: median, 99th, longest; bytes of an answer."""
    line = json.dumps({"method": "GET", "path": f"/api/v1{path}", "query": query or {}})
    said = subprocess.run([LOAD, SOCKET, str(connections), str(seconds), line], check=True, text=True, stdout=-1).stdout
    return [float(word) for word in said.split()]


def hand_out(hub, path, count):
    """Some peers have had a profile: whether it is stale is looked at."""
    for peer in hub.api("GET", f"{path}/peers", query={"limit": str(count)})["items"]:
        hub.api("GET", f"{path}/peers/{peer['id']}/profile")


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    table = Table()
    hub = Hub(state)
    try:
        path = fill(hub, "large", "10.72.0.0/16", MANY)
        hand_out(hub, path, 200)
        first = hub.api("GET", f"{path}/peers", query={"limit": "1"})["items"][0]["id"]
        last = hub.api("GET", f"{path}/peers", query={"limit": "100", "cursor": str(MANY // 2)})["items"][-1]["id"]
        pages = {"limit": "100"}
        cases = {
            "one peer, with a profile": (f"{path}/peers/{first}", None),
            "one peer": (f"{path}/peers/{last}", None),
            "page of 100": (f"{path}/peers", {**pages, "cursor": str(MANY // 2)}),
            "page of 100, with profiles": (f"{path}/peers", pages),
            "the document": ("/openapi.json", None),
        }
        for name, (where, query) in cases.items():
            for connections in (1, IN_FLIGHT):
                rate, median, late, longest, size = load(connections, where, query)
                print(f"{name}, {connections} in flight: {rate:.0f} a second of {size:.0f} bytes; median {median:.3f} ms, "
                      f"p99 {late:.3f} ms, longest {longest:.1f} ms", flush=True)  # fmt: skip
                if connections == IN_FLIGHT and name.startswith("page"):
                    table.row(f"{name} of {MANY}, {IN_FLIGHT} in flight: p99", late, 30, "ms")
        if os.environ.get("BENCH_HOLD"):
            print(f"held: {path} {first}", flush=True)
            time.sleep(float(os.environ["BENCH_HOLD"]))
    finally:
        hub.stop()
        shutil.rmtree(state, ignore_errors=True)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
