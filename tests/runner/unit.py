# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit tests in both builds: counted by test function, not by program."""

import json
import os
import re
import subprocess

import build

ENVIRONMENT = {
    "build-release": {},
    "build-sanitize": {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:abort_on_error=1",
    },
}


def _count(record):
    """One program's functions, passed and failed."""
    output = record.get("stdout", "") + record.get("stderr", "")
    passed = sum(int(number) for number in re.findall(r"\[  PASSED  \] (\d+) test", output))
    failed = sum(int(number) for number in re.findall(r"\[  FAILED  \] (\d+) test", output))
    if record["result"] == "OK":
        return max(passed, 1), failed
    if record["result"] == "SKIP":
        return 0, 1
    return passed, max(failed, 1)


def run(_arguments):
    total_passed = total_failed = 0
    for name, environment in ENVIRONMENT.items():
        directory = build.build(name)
        log = directory / "meson-logs" / "testlog.json"
        log.unlink(missing_ok=True)
        subprocess.run(
            ["meson", "test", "-C", name, "--no-rebuild", "--suite", "unit", "--print-errorlogs", "--quiet"],
            cwd=build.SOURCE,
            env={**os.environ, **environment},
        )
        counts = [_count(json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []
        passed, failed = sum(count[0] for count in counts), sum(count[1] for count in counts)
        print(f"  {name}: {len(counts)} programs, {passed} passed, {failed} failed", flush=True)
        if not counts:
            failed += 1
        total_passed += passed
        total_failed += failed
    return total_passed, total_failed
