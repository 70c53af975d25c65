# SPDX-License-Identifier: GPL-2.0-or-later
"""The measurements: each program prints its table; one that misses its aim exits non-zero."""

import subprocess

import build
import scenario


def run(_arguments):
    directory = build.build("build-release")
    passed = failed = 0
    for program in build.executables("build-release", "bench_"):
        done = subprocess.run([*scenario.WORLD, "tests/scenario/world", program], cwd=build.SOURCE)
        print(f"  {program.relative_to(directory)}: {'passed' if done.returncode == 0 else 'FAILED'}", flush=True)
        passed += done.returncode == 0
        failed += done.returncode != 0
    return passed, failed
