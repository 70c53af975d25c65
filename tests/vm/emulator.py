# SPDX-License-Identifier: GPL-2.0-or-later
"""What every virtual machine here has: a folder, a console that is a log, and a port on which an agent in it answers, a
line at a time."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time


class Failed(Exception):
    pass


class Ended(Failed):
    pass


class Emulator:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warren-vm-"))
        self.console = self.folder / "console"
        self.process = self.socket = None

    def _agent_port(self):
        return [
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,path={self.folder}/agent.socket,server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=warren.agent",
        ]  # fmt: skip

    def _emulate(self, command, **options):
        (self.folder / "agent.socket").unlink(missing_ok=True)
        with open(self.folder / "qemu", "w") as said:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, **options
            )

    def _open_port(self):
        deadline = time.monotonic() + 20
        self.socket, self.kept = socket.socket(socket.AF_UNIX), b""
        while True:
            try:
                return self.socket.connect(str(self.folder / "agent.socket"))
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"the emulator does not start:\n{(self.folder / 'qemu').read_text()}") from None
                time.sleep(0.05)

    def said(self):
        return self.console.read_text(errors="replace") if self.console.exists() else ""

    def _fail(self, what, kind=Failed):
        raise kind(f"{what}; its console ends in:\n{self.said()[-3000:]}")

    def _send(self, line):
        self.socket.settimeout(20)
        try:
            self.socket.sendall(line.encode() + b"\n")
        except ConnectionError:
            self._fail("the machine ended", Ended)

    def _line(self, deadline):
        while b"\n" not in self.kept:
            self.socket.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                self._fail("the machine does not answer in time")
            except ConnectionError:
                data = b""
            if not data:
                self._fail("the machine ended", Ended)
            self.kept += data
        line, self.kept = self.kept.split(b"\n", 1)
        return line.decode()

    def _disconnect(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def power_cut(self):
        self._disconnect()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None

    def close(self):
        self.power_cut()
        shutil.rmtree(self.folder, ignore_errors=True)
