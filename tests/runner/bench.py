# SPDX-License-Identifier: GPL-2.0-or-later
"""The measurements: each program prints its table; one that misses its aim exits non-zero."""

import os
import subprocess

import browser
import build
import scenario

PYTHON = ["/usr/bin/python3", "-B"]
WHOLE = {
    "api": [*PYTHON, "tests/bench/hub/api_bench.py"],
    "hub": [*PYTHON, "tests/bench/hub/hub_bench.py"],
    "openvpn": [*PYTHON, "tests/bench/hub/openvpn_bench.py"],
    "firewall": [*PYTHON, "tests/bench/firewall/firewall_bench.py"],
    "page": [*PYTHON, "tests/bench/webui/page_bench.py"],
    "web": [*PYTHON, "tests/bench/webui/web_bench.py"],
    "backup": [*PYTHON, "tests/bench/hub/backup_bench.py"],
    "mapped": [*PYTHON, "tests/bench/hub/mapped_bench.py"],
}

USED_BY_OTHERS = {"api_load"}
WORDS = {"worker_apply": ["build-release/tunnel/warren-net"]}


def _measure(name, command, directory):
    done = subprocess.run(
        [*scenario.WORLD, "tests/scenario/world", *command],
        cwd=build.SOURCE,
        env={**os.environ, "WARREN_BUILD": str(directory)},
    )
    print(f"  {name}: {'passed' if done.returncode == 0 else 'FAILED'}", flush=True)
    return done.returncode == 0


def run(names):
    """All of them, or those of these names."""
    directory = build.build("build-release")
    programs = [path for path in build.executables("build-release", "") if "/tests/bench/" in str(path)]
    commands = {path.name: [path, *WORDS.get(path.name, [])] for path in programs if path.name not in USED_BY_OTHERS} | WHOLE
    if not names or "page" in names:
        browser.install()
    outcomes = [_measure(name, command, directory) for name, command in commands.items() if not names or name in names]
    return sum(outcomes), len(outcomes) - sum(outcomes)
