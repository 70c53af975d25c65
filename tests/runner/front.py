# SPDX-License-Identifier: GPL-2.0-or-later
"""The page: its types fit, its parts do what they say, its texts are whole, its bundle is small."""

import re
import subprocess

import build


def _counted(said, word):
    found = re.findall(rf"^# {word} (\d+)", said, re.M)
    return int(found[-1]) if found else 0


def run(_arguments):
    # The API's types, which the page's are made of.
    build.build("build-release", files=["webui/api-types.ts"])
    owner = build.SOURCE.stat()
    done = subprocess.run(
        ["node", "tests/unit/webui/front/run.mjs"],
        cwd=build.SOURCE,
        user=owner.st_uid,
        group=owner.st_gid,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    passed, failed = _counted(done.stdout, "pass"), _counted(done.stdout, "fail")
    if done.returncode != 0:
        print(done.stdout, flush=True)
        failed = max(failed, 1)
    return passed, failed
