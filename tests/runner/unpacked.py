# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of which the tests want files, and which nobody wants installed: they would bring a daemon along."""

import shutil
import subprocess
import tempfile

import build

PACKAGES = ["network-manager-openvpn"]  # with it comes NetworkManager, which takes over the machine's links


def unpack(directory):
    """Into the build's folder unpacked/, where they are not there yet."""
    for package in PACKAGES:
        target = directory / "unpacked" / package
        if target.exists():
            continue
        # In a folder of its own, since apt gives the download to a user of its own.
        with tempfile.TemporaryDirectory() as download:
            shutil.chown(download, "_apt")
            if subprocess.run(["apt-get", "-q", "download", package], cwd=download).returncode != 0:
                raise build.Failed(f"apt-get download {package}: failed")
            [file] = [*build.pathlib.Path(download).glob("*.deb")]
            target.parent.mkdir(exist_ok=True)
            subprocess.run(["dpkg-deb", "-x", file, f"{target}.new"], check=True)
        build.pathlib.Path(f"{target}.new").rename(target)
