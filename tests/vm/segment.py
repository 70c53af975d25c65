# SPDX-License-Identifier: GPL-2.0-or-later
"""A network segment in a namespace of its own: machines hang on it, and in it lives a device that takes a profile as a
person would and has the real wg-quick bring it up."""

import itertools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from command import run

HERE = pathlib.Path(__file__).resolve().parent
ADDRESS = "192.0.2.254"


class Segment:
    def __init__(self):
        self.name = f"warren-vm-{os.getpid()}"
        # wireguard-go's sockets are the whole machine's, where another run may be.
        self.device = f"wg{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warren-vm-"))
        self.hosts = pathlib.Path(f"/etc/netns/{self.name}/hosts")
        self.taps = (f"tap{number}" for number in itertools.count())
        self.profile, self.kept = None, []
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        self.run("ip", "addr", "add", f"{ADDRESS}/24", "dev", "br0")
        self.run("ip", "link", "set", "br0", "up")

    def run(self, *command, check=True, **options):
        return run("ip", "netns", "exec", self.name, *command, check=check, stdin=subprocess.DEVNULL, **options)

    def plug(self):
        """A socket for a machine: what its start() is to be told."""
        tap = next(self.taps)
        self.run("ip", "tuntap", "add", tap, "mode", "tap")
        self.run("ip", "link", "set", tap, "master", "br0", "up")
        return {"network": f"tap,ifname={tap},script=no,downscript=no", "inside": ("ip", "netns", "exec", self.name)}

    def dhcp(self, first, last):
        """Whoever asks gets an address, and this as its router."""
        self.keep("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--interface=br0",
                  f"--dhcp-range={first},{last},1h", f"--dhcp-option=3,{ADDRESS}", f"--dhcp-leasefile={self.folder}/leases",
                  "--pid-file=")  # fmt: skip

    def keep(self, *command):
        """A program that runs in here until the segment goes."""
        self.kept.append(
            subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, command)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )  # fmt: skip

    def names(self, **addresses):
        """Whom names lead to, from now on."""
        self.hosts.parent.mkdir(parents=True, exist_ok=True)
        self.hosts.write_text("".join(f"{address} {name}\n" for name, address in addresses.items()))

    def up(self, profile):
        self.down()
        self.profile = self.folder / f"{self.device}.conf"
        self.profile.write_text(profile)
        self.profile.chmod(0o600)
        self._wg_quick("up")

    def again(self):
        """As somebody does who switches the tunnel off and on."""
        self._wg_quick("down")
        self._wg_quick("up")

    def down(self):
        if self.profile:
            self._wg_quick("down")
        self.profile = None

    def _wg_quick(self, verb):
        path = f"{HERE.parent / 'scenario/bin'}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "RESOLVED": str(self.folder / "resolved"), "LOG_LEVEL": "error",
                       "WG_QUICK_USERSPACE_IMPLEMENTATION": "wireguard-go"}  # fmt: skip
        # The daemon stays, and must not hold a pipe open.
        with open(self.folder / "wg-quick", "w+") as said:
            done = subprocess.run(["ip", "netns", "exec", self.name, "wg-quick", verb, self.profile], env=environment,
                                  stdin=subprocess.DEVNULL, stdout=said, stderr=said)  # fmt: skip
            assert done.returncode == 0, said.seek(0) or said.read()

    def last_handshake(self):
        """When the device had its last one, by the clock of this machine; 0: never."""
        return int(self.run("wg", "show", self.device, "latest-handshakes").split()[1])

    def until_handshake(self, after, patience=120):
        """A new one, since that time, and something that answers in the tunnel; answers how long that took."""
        started = time.monotonic()
        hub = re.search(r"^DNS *= *([0-9.]+)", self.profile.read_text(), re.MULTILINE)
        while time.monotonic() - started < patience:
            # A device has something to say, or it would wait for its keepalive.
            if hub:
                self.run("ping", "-n", "-c", "1", "-W", "1", hub[1], check=False)
            else:
                time.sleep(1)
            if self.last_handshake() > after:
                return time.monotonic() - started
        raise AssertionError(f"no handshake within {patience} s:\n{self.run('wg', 'show')}")

    def close(self):
        try:
            self.down()
        finally:
            for process in self.kept:
                process.terminate()
                process.wait()
            run("ip", "netns", "delete", self.name, check=False)
            shutil.rmtree(self.hosts.parent, ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)
