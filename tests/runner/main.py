# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the suites one after another and counts: tests/run is its front."""

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


def main(arguments):
    split = arguments.index("--")
    names = [name for name in arguments[:split] if name] or USUAL
    passed = failed = 0
    lines = []
    for name in names:
        started = time.monotonic()
        try:
            counts = SUITES[name](arguments[split + 1 :])
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
