# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios, each run in a private world that ends with it: all with the release build, the core ones again
with the sanitizers."""

import os
import subprocess
import xml.etree.ElementTree

import build

WORLD = [
    "setpriv", "--pdeathsig", "KILL",
    "unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "--kill-child",
    "--propagation", "private",
]  # fmt: skip
PYTEST = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-c", "tests/scenario/pytest.ini"]
# For the sanitizer build: the roles' sandboxes leave no room for the leak checker, which traces the process.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1", "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1"}
TOO_LONG = 2400


def _run_in_world(name, arguments):
    directory = build.build(name)
    report = directory / "scenario.xml"
    report.unlink(missing_ok=True)
    if not any(argument.startswith("tests/") for argument in arguments):
        arguments = [*arguments, "tests/scenario"]
    try:
        subprocess.run(
            [*WORLD, "tests/scenario/world", *PYTEST, f"--junitxml={report}", *arguments],
            cwd=build.SOURCE,
            env={**os.environ, **ENVIRONMENT, "WARREN_BUILD": str(directory)},
            timeout=TOO_LONG,
        )
    except subprocess.TimeoutExpired:
        print(f"  the scenarios did not end within {TOO_LONG} s", flush=True)
    if not report.exists():
        return 0, 1
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    passed = tests - failed - skipped
    # A scenario that is skipped has shown nothing.
    return passed, failed + skipped


def run(arguments):
    if arguments:
        return _run_in_world(os.environ.get("WARREN_SCENARIO_BUILD", "build-release"), arguments)
    release = _run_in_world("build-release", [])
    print(f"  build-release: {release[0]} passed, {release[1]} failed", flush=True)
    sanitize = _run_in_world("build-sanitize", ["-m", "core"])
    print(f"  build-sanitize: {sanitize[0]} passed, {sanitize[1]} failed", flush=True)
    return release[0] + sanitize[0], release[1] + sanitize[1]
