# SPDX-License-Identifier: GPL-2.0-or-later
"""In virtual machines: the kernel's WireGuard, which this machine's kernel need not have, and the appliance."""

import os
import subprocess

import build
import scenario

PYTEST = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-c", "tests/vm/pytest.ini"]


def _needs_image(arguments, environment):
    """Are any of the appliance's tests among those chosen?"""
    said = subprocess.run(
        [*PYTEST, "--collect-only", "-qq", *arguments, "tests/vm"],
        cwd=build.SOURCE, env=environment, text=True, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip
    return any("::" in line and "test_kernel.py::" not in line for line in said.splitlines())


def run(arguments):
    directory = build.build("build-release")
    environment = {**os.environ, "WARREN_BUILD": str(directory)}
    # The appliance's tests are of the image of this checkout; what did not change is not made again.
    if _needs_image(arguments, environment) and subprocess.run([build.SOURCE / "image/build"]).returncode != 0:
        return 0, 1
    kept = build.SOURCE / "build-vm"
    kept.mkdir(exist_ok=True)
    reports = [kept / "vm.xml", kept / "scenario.xml"]
    for report in reports:
        report.unlink(missing_ok=True)
    subprocess.run(
        [*PYTEST, f"--junitxml={reports[0]}", *arguments, "tests/vm"],
        cwd=build.SOURCE,
        env=environment,
    )
    if not reports[0].exists():
        return 0, 1
    counts = [scenario.counted(report) for report in reports if report.exists()]
    return sum(count[0] for count in counts), sum(count[1] for count in counts)
