# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the suites one after another and counts: tests/run is its front."""

import os
import sys
import time

import bench
import browser
import build
import front
import fuzz
import openapi
import scenario
import unit
import vm

SUITES = {
    "unit": unit.run,
    "front": front.run,
    "openapi": openapi.run,
    "fuzz": fuzz.run,
    "scenario": scenario.run,
    "browser": browser.run,
    "vm": vm.run,
    "bench": bench.run,
}
USUAL = ["unit", "front", "openapi", "fuzz", "scenario", "browser"]


def chosen(names, arguments):
    """Suites, each with its arguments. Without a word the usual ones; with CI set also those in virtual machines that are
    short and steady."""
    if names:
        return {name: arguments for name in names}
    usual = {name: arguments for name in USUAL}
    return {**usual, "vm": ["-m", "ci"]} if os.environ.get("CI") else usual


def main(arguments):
    split = arguments.index("--")
    suites = chosen([name for name in arguments[:split] if name], arguments[split + 1 :])
    passed = failed = 0
    lines = []
    for name, words in suites.items():
        started = time.monotonic()
        try:
            counts = SUITES[name](words)
        except build.Failed as error:
            print(error, flush=True)
            counts = (0, 1)
        if counts == (0, 0):
            print(f"{name}: nothing was run", flush=True)
            counts = (0, 1)
        passed += counts[0]
        failed += counts[1]
        seconds = time.monotonic() - started
        lines.append(f"{name}: {counts[0]} passed, {counts[1]} failed ({seconds:.0f} s)")
        print(lines[-1], flush=True)
    print("\n" + "\n".join(lines))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
