# SPDX-License-Identifier: GPL-2.0-or-later
"""The API's document: a valid one, its examples fit its schemas, and the types made of it compile."""

import subprocess

import build

HERE = build.SOURCE / "tests/openapi"
FILES = ["hub/api/openapi.json", "webui/api-types.ts"]


def _run(*command, **options):
    owner = build.SOURCE.stat()
    return subprocess.run(
        list(map(str, command)), cwd=HERE, user=owner.st_uid, group=owner.st_gid, check=True, text=True, **options
    )


def _install():
    """What the lock file says, unless it is there already."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run("npm", "ci", "--no-audit", "--no-fund", "--silent", "--cache", build.SOURCE / "build-release/npm")


def run(_arguments):
    directory = build.build("build-release", files=FILES)
    _install()
    document, types = (directory / name for name in FILES)
    passed = 0
    steps = {
        "document": ["node", "check.mjs", document],
        "types": ["node", "node_modules/typescript/bin/tsc", "--strict", "--noEmit", types],
    }
    for name, command in steps.items():
        try:
            _run(*command)
            passed += 1
        except subprocess.CalledProcessError:
            print(f"  {name}: FAILED", flush=True)
    return passed, len(steps) - passed
