# SPDX-License-Identifier: GPL-2.0-or-later
"""A person in a browser: a module of steps run by driver.mjs, which asks back for what happens outside of the browser."""

import json
import os
import pathlib
import subprocess

from net import HUB4, SLOW

HERE = pathlib.Path(__file__).resolve().parent
URL = f"https://{HUB4}"
SHOTS = pathlib.Path(os.environ["WARREN_BUILD"]) / "browser"
TOO_LONG = 480  # every page, in all its looks, on a busy machine
OWNER = {"name": "olga", "password": "a long walk by the river"}


class Failed(AssertionError):
    pass


def _answered(process, handlers):
    while True:
        line = process.stdout.readline()
        if not line:
            raise Failed("the browser ended without a word")
        message = json.loads(line)
        if "done" in message:
            return message["done"]
        if "failed" in message:
            raise Failed(message["failed"])
        reply = handlers[message.pop("ask")](**message)
        process.stdin.write(json.dumps(reply) + "\n")
        process.stdin.flush()


def browse(module, handlers=None, **facts):
    """Runs the steps of a module; answers what it says at its end. Nothing may have complained by itself."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HOME": "/run/world", "XDG_CONFIG_HOME": "/run/world/config", "XDG_CACHE_HOME": "/run/world/cache"}
    process = subprocess.Popen(
        ["timeout", "--kill-after=5", str(int(TOO_LONG * SLOW)), "node", HERE / "driver.mjs", HERE / f"{module}.mjs"],
        cwd=HERE,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        process.stdin.write(json.dumps({"url": URL, "shots": str(SHOTS), **facts}) + "\n")
        process.stdin.flush()
        done = _answered(process, handlers or {})
    finally:
        process.kill()
        process.wait()
    assert done["complaints"] == [], "\n".join(done["complaints"])
    return done
