# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices with tunnels to a machine, outside of it: they live through its restarts, and tell for how long nothing came."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

from command import run
from segment import Segment

BOX = "192.0.2.10"
SEED = f"#warren-seed\n[hub]\npublic_name = {BOX}\npublic_addresses = {BOX}\n[network]\naddresses = {BOX}/24\n"


class Device:
    """A namespace that has nothing but a WireGuard link."""

    def __init__(self, wire, name, profile):
        self.name, self.link = f"{wire.name}-{name}", f"wv{os.getpid() % 10**6}{name[0]}"
        run("ip", "netns", "add", self.name)
        # Its socket stays where it was started: in the namespace that has the machine.
        self.daemon = subprocess.Popen(
            ["ip", "netns", "exec", wire.name, "wireguard-go", "-f", self.link],
            env={**os.environ, "LOG_LEVEL": "error"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._until_there(wire)
        run("ip", "-n", wire.name, "link", "set", self.link, "netns", self.name)
        self._configure(profile)

    def _until_there(self, wire):
        for _ in range(100):
            there = os.path.exists(f"/run/wireguard/{self.link}.sock")
            if there and subprocess.run(["ip", "-n", wire.name, "link", "show", self.link], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("wireguard-go makes no link")

    def _configure(self, profile):
        addresses = re.search(r"^Address *= *(.*)$", profile, re.MULTILINE)[1]
        self.address = addresses.split(",")[0].split("/")[0]
        kept = [line for line in profile.splitlines() if not re.match(r"(Address|DNS|MTU) *=", line)]
        self.settings = "\n".join(kept) + "\n"
        self.knock()
        self.run("ip", "addr", "add", f"{self.address}/32", "dev", self.link)
        self.run("ip", "link", "set", "lo", "up")
        self.up()

    def knock(self):
        """At once, where one that had a tunnel tries every five seconds."""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.settings)
            file.flush()
            run("wg", "setconf", self.link, file.name)

    def run(self, *command, **options):
        return run("ip", "netns", "exec", self.name, *command, **options)

    def up(self):
        self.run("ip", "link", "set", self.link, "up")
        self.run("ip", "route", "replace", "default", "dev", self.link)

    def down(self):
        self.run("ip", "link", "set", self.link, "down")

    def reaches(self, address, patience=60):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if " 0 received" not in self.run("ping", "-n", "-c", "1", "-W", "2", address, check=False):
                return True
        return False

    def close(self):
        self.daemon.terminate()
        self.daemon.wait()
        run("ip", "netns", "delete", self.name, check=False)


class Wire(Segment):
    """A segment with the machine on it and the devices' sockets in it."""

    def __init__(self):
        super().__init__()
        self.devices = []

    def device(self, name, profile):
        self.devices.append(Device(self, name, profile))
        return self.devices[-1]

    def close(self):
        for device in self.devices:
            device.close()
        super().close()


class Watch:
    """A ping from one to another that goes on and on. Who is `eager` knocks while nothing is answered, so that it is the
    machine's time that is measured and not a device's patience."""

    def __init__(self, device, address, eager=()):
        self.path = pathlib.Path(tempfile.mkstemp(prefix="warren-vm-ping-")[1])
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", device.name, "ping", "-n", "-D", "-i", "0.2", address],
            stdin=subprocess.DEVNULL, stdout=open(self.path, "w"), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.eager, self.over = eager, threading.Event()
        self.knocker = threading.Thread(target=self._knock)
        self.knocker.start()

    def _knock(self):
        while not self.over.wait(1):
            if time.time() - max(self._answers(), default=0) > 2:
                for device in self.eager:
                    device.knock()

    def _answers(self):
        return [float(found) for found in re.findall(r"^\[([\d.]+)\] .*icmp_seq=\d+ ttl=", self.path.read_text(), re.M)]

    def until_again(self, since, patience=300):
        """Something is answered that was not asked before then, and a few more."""
        deadline = time.monotonic() + patience
        while sum(at > since for at in self._answers()) < 5:
            assert time.monotonic() < deadline, "nothing is answered any more"
            time.sleep(0.5)

    def longest_silence(self, since, until=None):
        """From the last answer before it to the first after it."""
        found = [at for at in self._answers() if at >= since - 5 and (until is None or at <= until)]
        return max((b - a for a, b in zip(found, found[1:], strict=False)), default=0)

    def close(self):
        self.over.set()
        self.knocker.join()
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.path.unlink()
