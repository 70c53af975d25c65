# SPDX-License-Identifier: GPL-2.0-or-later
"""The three builds that the suites use."""

import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = {
    "build-release": ["-Dbuildtype=debugoptimized"],
    "build-sanitize": ["-Dbuildtype=debugoptimized", "-Db_sanitize=address,undefined"],
    "build-fuzz": ["-Dbuildtype=debugoptimized", "-Dfuzzers=true"],
}
COMPILER = {"build-fuzz": {"CC": "clang"}}


class Failed(Exception):
    pass


def _quietly(command, environment):
    # As whom the source tree belongs to, so that a later build without root works.
    owner = SOURCE.stat()
    done = subprocess.run(
        command,
        cwd=SOURCE,
        env=environment,
        user=owner.st_uid,
        group=owner.st_gid,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        raise Failed(f"{done.stdout}\n{' '.join(command)}: failed")


def build(name, targets=None, files=()):
    """Configures where needed and compiles; all of it, or the programs whose names begin so and the files. Answers the
    directory."""
    environment = {**os.environ, **COMPILER.get(name, {})}
    directory = SOURCE / name
    if not (directory / "build.ninja").exists():
        _quietly(["meson", "setup", name, *OPTIONS[name]], environment)
    if targets is None and not files:
        _quietly(["meson", "compile", "-C", name], environment)
    else:
        _quietly(["ninja", "-C", name, "build.ninja"], environment)
        programs = [] if targets is None else executables(name, targets)
        paths = [*(str(path.relative_to(directory)) for path in programs), *files]
        _quietly(["ninja", "-C", name, *paths], environment)
    return directory


def executables(name, prefix):
    """The executables of a build whose names start with the prefix, as paths in order of their names."""
    said = subprocess.run(
        ["meson", "introspect", "--targets", name], cwd=SOURCE, check=True, text=True, stdout=subprocess.PIPE
    ).stdout
    targets = [target for target in json.loads(said) if target["type"] == "executable"]
    return sorted(
        (pathlib.Path(target["filename"][0]) for target in targets if target["name"].startswith(prefix)),
        key=lambda path: path.name,
    )
