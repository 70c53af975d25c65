# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fuzz target for a while, two at a time, from its own corpus. What is found anew stays in the build."""

import concurrent.futures
import os
import re
import subprocess

import build

AT_ONCE = 2


def _seconds(targets):
    wanted = int(os.environ.get("FUZZ_SECONDS") or (60 if os.environ.get("CI") else 20))
    total = int(os.environ.get("FUZZ_TOTAL") or 360)
    return max(1, min(wanted, total * AT_ONCE // max(1, targets)))


def _seeds(target):
    noun = target.name.removeprefix("fuzz_")
    folder = build.SOURCE / "tests" / "fuzz" / target.parent.name
    return folder / "corpus" / noun


def _fuzz(directory, target, seconds):
    seeds = _seeds(target)
    if not seeds.is_dir() or not any(seeds.iterdir()):
        return target.name, False, f"no corpus in {seeds.relative_to(build.SOURCE)}"
    found = directory / "found" / target.name
    found.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            target,
            f"-max_total_time={seconds}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            f"-artifact_prefix={found}-",
            found,
            seeds,
        ],
        cwd=directory,
        text=True,
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    executed = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    runs = int(executed[1]) if executed else 0
    if done.returncode != 0 or runs == 0:
        return target.name, False, done.stdout[-6000:]
    return target.name, True, f"{runs} runs in {seconds} s"


def run(_arguments):
    directory = build.build("build-fuzz", "fuzz_")
    targets = build.executables("build-fuzz", "fuzz_")
    seconds = _seconds(len(targets))
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, ok, text in pool.map(lambda target: _fuzz(directory, target, seconds), targets):
            print(f"  {name}: {'passed' if ok else 'FAILED'}: {text}", flush=True)
            passed += ok
            failed += not ok
    return passed, failed
