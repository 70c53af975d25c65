# SPDX-License-Identifier: GPL-2.0-or-later
"""The measurements: each program prints its table; one that misses its aim exits non-zero."""

import os
import subprocess

import build
import scenario

HUB = ["/usr/bin/python3", "-B", "tests/bench/hub/hub_bench.py"]
FIREWALL = ["/usr/bin/python3", "-B", "tests/bench/firewall/firewall_bench.py"]
MAPPED = ["/usr/bin/python3", "-B", "tests/bench/hub/mapped_bench.py"]

WORDS = {"worker_apply": ["build-release/tunnel/warren-net"]}


def _measure(name, command, directory):
    done = subprocess.run(
        [*scenario.WORLD, "tests/scenario/world", *command],
        cwd=build.SOURCE,
        env={**os.environ, "WARREN_BUILD": str(directory)},
    )
    print(f"  {name}: {'passed' if done.returncode == 0 else 'FAILED'}", flush=True)
    return done.returncode == 0


def run(_arguments):
    directory = build.build("build-release")
    programs = [path for path in build.executables("build-release", "") if "/tests/bench/" in str(path)]
    outcomes = [_measure(path.name, [path, *WORDS.get(path.name, [])], directory) for path in programs]
    outcomes.append(_measure("hub", HUB, directory))
    outcomes.append(_measure("firewall", FIREWALL, directory))
    outcomes.append(_measure("mapped", MAPPED, directory))
    return sum(outcomes), len(outcomes) - sum(outcomes)
