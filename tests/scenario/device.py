# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that take a profile as a person would: the text into a file, the real wg-quick or openvpn brings it up."""

import os
import pathlib
import re
import signal
import subprocess
import time

from hub import wait_until
from net import SLOW, lan, run

HERE = pathlib.Path(__file__).resolve().parent
DEVICES = pathlib.Path("/run/world/devices")
SOCKETS = pathlib.Path("/run/wireguard")  # of wireguard-go


class Device:
    """With WireGuard."""

    extension = "conf"

    def __init__(self, internet, name):
        self.name = name
        self.link = f"t-{name}"
        self.house = internet.house(name)
        self.hosts = []
        self.file = DEVICES / name / f"{self.link}.{self.extension}"
        self.file.parent.mkdir(parents=True)
        self.is_up = False

    def lan(self, *networks):
        host = lan(self.house, self.name, *networks)
        self.hosts.append(host)
        return host

    def _wg_quick(self, verb):
        environment = {
            **os.environ,
            "PATH": f"{HERE / 'bin'}:{os.environ['PATH']}",
            "RESOLVED": str(self.file.parent / "resolved"),
            "WG_QUICK_USERSPACE_IMPLEMENTATION": "wireguard-go",
            "LOG_LEVEL": "error",
        }
        self.house.run("wg-quick", verb, self.file, env=environment)

    def up(self, profile):
        if self.is_up:
            self.down()
        self.file.write_text(profile)
        self.file.chmod(0o600)
        self._wg_quick("up")
        self.is_up = True

    def down(self):
        self._wg_quick("down")
        # wireguard-go ends by itself once its link is gone: until then the next one finds its socket in use.
        wait_until(lambda: not (SOCKETS / f"{self.link}.sock").exists(), 10)
        self.is_up = False

    def addresses(self):
        """Its tunnel addresses, IPv4 first."""
        found = re.search(r"^Address *= *(.*)$", self.file.read_text(), re.M)[1]
        return [address.strip().split("/")[0] for address in found.split(",")]

    def resolvers(self):
        return re.findall(r"^nameserver (.*)$", (self.file.parent / "resolved").read_text(), re.M)

    def public_key(self):
        return self.house.run("wg", "show", self.link, "public-key").stdout.strip()

    def close(self):
        if self.is_up:
            self.down()
        for host in self.hosts:
            host.close()
        self.house.close()
        run("rm", "-rf", self.file.parent)


class OpenvpnDevice(Device):
    """With the real openvpn, with the profile as its only configuration."""

    extension = "ovpn"
    process = None

    def up(self, profile, *options, within=15):
        """`within` 0: do not wait for the tunnel."""
        if self.is_up:
            self.down()
        self.file.write_text(profile)
        self.file.chmod(0o600)
        self.start(*options)
        if within:
            assert self.initialised(within), self.log()

    def start(self, *options):
        """With the profile it has."""
        log = open(self.file.with_suffix(".log"), "w")
        self.process = self.house.start(
            "openvpn", "--config", self.file, "--dev", self.link, "--dev-type", "tun",
            *options, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.is_up = True

    def initialised(self, within):
        deadline = time.monotonic() + within * SLOW
        while time.monotonic() < deadline:
            if "Initialization Sequence Completed" in self.log():
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.05)
        return False

    def log(self):
        return self.file.with_suffix(".log").read_text(errors="replace")

    def down(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.is_up = False

    def ended(self, within):
        """Its program gave up by itself."""
        try:
            self.process.wait(within * SLOW)
        except subprocess.TimeoutExpired:
            return False
        return True
