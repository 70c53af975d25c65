# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios, each file run in a private world that ends with it: all with the release build, the core ones again
with the sanitizers."""

import concurrent.futures
import os
import subprocess
import time
import xml.etree.ElementTree

import build
import unpacked

WORLD = [
    "setpriv", "--pdeathsig", "KILL",
    "unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "--kill-child",
    "--propagation", "private",
]  # fmt: skip
PYTEST = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-c", "tests/scenario/pytest.ini"]
# For the sanitizer build: the roles' sandboxes leave no room for the leak checker, which traces the process.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1", "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1"}
TOO_LONG = 2400
AT_ONCE = 2  # most of a scenario is waiting
AGAIN_MOST = 8


def counted(report):
    """How many of a report's tests passed and failed."""
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    passed = tests - failed - skipped
    # What is skipped has shown nothing.
    return passed, failed + skipped


def _run_in_world(name, arguments, report, output=None):
    """Answers what was said, where it is piped, and how many passed and failed."""
    directory = build.SOURCE / name
    report.unlink(missing_ok=True)
    try:
        said = subprocess.run(
            [*WORLD, "tests/scenario/world", *PYTEST, f"--junitxml={report}", *arguments],
            cwd=build.SOURCE,
            env={**os.environ, **ENVIRONMENT, "WARREN_BUILD": str(directory)},
            timeout=TOO_LONG,
            text=True,
            errors="replace",
            stdout=output,
            stderr=output and subprocess.STDOUT,
        ).stdout
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode(errors="replace")
        print(f"  {report.stem} did not end within {TOO_LONG} s", flush=True)
    return said, counted(report) if report.exists() else (0, 1)


def _files(marked):
    """The files of scenarios, or those with core ones; the ones with most in them first."""
    files = build.SOURCE.glob("tests/scenario/test_*.py")
    chosen = [path for path in files if not marked or marked in path.read_text()]
    return sorted(chosen, key=lambda path: -path.stat().st_size)


def _names_of_failed(report):
    """As pytest takes them."""
    suite = xml.etree.ElementTree.parse(report).getroot()
    failed = [case for case in suite.iter("testcase") if case.find("failure") is not None or case.find("error") is not None]
    return [f"tests/scenario/{case.get('classname')}.py::{case.get('name')}" for case in failed]


def _job(job):
    name, path, choice = job
    report = build.SOURCE / name / f"scenario-{path.stem}.xml"
    began = time.monotonic()
    said, counts = _run_in_world(name, [*choice, str(path.relative_to(build.SOURCE))], report, subprocess.PIPE)
    seconds = time.monotonic() - began
    text = f"{said}  {name}, {path.stem}: {counts[0]} passed, {counts[1]} failed ({seconds:.0f} s)"
    return text, counts, _names_of_failed(report) if report.exists() else []


def _again_alone(name, failed):
    """Who was disturbed by its neighbours passes alone; how many did."""
    report = build.SOURCE / name / "scenario-again.xml"
    passed = 0
    for test in failed:
        said, counts = _run_in_world(name, [test], report, subprocess.PIPE)
        print(f"{said}  {name}, {test}: failed beside others, {'passed' if counts == (1, 0) else 'FAILED'} alone", flush=True)
        passed += counts == (1, 0)
    return passed


def run(arguments):
    """With arguments: what pytest makes of them, in one world. Else every file in a world of its own, a few at once."""
    if arguments:
        name = os.environ.get("WARREN_SCENARIO_BUILD", "build-release")
        unpacked.unpack(build.build(name))
        if not any(argument.startswith("tests/") for argument in arguments):
            arguments = [*arguments, "tests/scenario"]
        return _run_in_world(name, arguments, build.SOURCE / name / "scenario.xml")[1]
    for name in ("build-release", "build-sanitize"):
        unpacked.unpack(build.build(name))
    jobs = [("build-release", path, []) for path in _files("")]
    jobs += [("build-sanitize", path, ["-m", "core"]) for path in _files("mark.core")]
    total = [0, 0]
    again = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for job, (text, (passed, failed), names) in zip(jobs, pool.map(_job, jobs)):
            print(text, flush=True)
            total[0] += passed
            total[1] += failed
            if names:
                again.append((job[0], names))
    # More than a few are no accident.
    if sum(len(names) for _, names in again) <= AGAIN_MOST:
        mended = sum(_again_alone(name, names) for name, names in again)
        total = [total[0] + mended, total[1] - mended]
    return tuple(total)
