# SPDX-License-Identifier: GPL-2.0-or-later
import subprocess


def run(*command, check=True, **options):
    """A program of this machine's; what it wrote, on either stream."""
    command = [str(word) for word in command]
    done = subprocess.run(command, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")
    return done.stdout
