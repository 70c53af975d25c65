# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with Debian's kernel, in which this source tree and its build stand where they do here. It is
emulated, so about ten times slower than this machine. Everything that it writes is forgotten with it."""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import root

BOOT_PATIENCE = 120
PARALLEL = ["-accel", "tcg,thread=multi", "-smp", "2"]
# One whose clock is made of its instructions, one a nanosecond: what else this machine does is not seen in there, and
# ratios of what is measured come out the same again. While all in there wait the clock leaps.
COUNTED = ["-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]
# What the guest sees of the source tree.
PARTS = ("hub", "image", "peers", "profiles", "tests", "tunnel", "webui", "meson.build", "meson_options.txt", "README.md", "LICENSE")


class Failed(Exception):
    pass


class Done:
    def __init__(self, status, output):
        self.status, self.output = status, output


class Guest:
    def __init__(self, build, memory=1536, processors=PARALLEL):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warren-vm-"))
        self.process = self.socket = None
        try:
            self._start(pathlib.Path(build), memory, processors)
        except BaseException:
            self.close()
            raise

    def _pack_source(self, build):
        """Copies keep their times: nothing is to be built anew in there."""
        tree, image = self.folder / "source", self.folder / "source.img"
        tree.mkdir()
        for part in (*PARTS, build.name):
            subprocess.run(["cp", "-a", root.SOURCE / part, tree], check=True)
        root.make_disk(tree, image, "512M")
        shutil.rmtree(tree)
        return image

    def _start(self, build, memory, processors):
        vmlinuz, image = root.prepared()
        port = self.folder / "agent"
        drives = []
        # NVMe is the one kind of disk that this kernel has built in: it needs no initrd. Two of them are found in
        # any order.
        for kind, path in (("nvme,serial=root", image), ("virtio-blk-pci", self._pack_source(build))):
            drives += ["-drive", f"if=none,id={path.stem},format=raw,snapshot=on,file={path}"]
            drives += ["-device", f"{kind},drive={path.stem}"]
        command = [
            "setpriv", "--pdeathsig", "KILL",
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35", *processors, "-cpu", "max", "-m", str(memory),
            "-kernel", str(vmlinuz),
            "-append", "root=/dev/nvme0n1 rw init=/init console=ttyS0 quiet panic=-1 mitigations=off log_buf_len=4M "
                       f"warren.source={root.SOURCE}",
            *drives,
            "-serial", f"file:{self.console}",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,path={port},server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=warren.agent",
        ]  # fmt: skip
        # Its copies of what the guest writes go to the same place as the rest.
        self.process = subprocess.Popen(
            command, env={"PATH": "/usr/bin:/bin", "TMPDIR": str(self.folder)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.folder / "qemu", "w"),
        )  # fmt: skip
        self._connect(port)
        self.kernel = self._line(time.monotonic() + BOOT_PATIENCE)["ready"]

    def _connect(self, port):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.socket.connect(str(port))
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"the emulator does not start:\n{(self.folder / 'qemu').read_text()}") from None
                time.sleep(0.05)
        self.kept = b""

    @property
    def console(self):
        return self.folder / "console"

    def _fail(self, what):
        console = self.console.read_text(errors="replace") if self.console.exists() else ""
        raise Failed(f"{what}; its console ends in:\n{console[-3000:]}")

    def _line(self, deadline):
        while b"\n" not in self.kept:
            self.socket.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                self._fail("the guest does not answer in time")
            if not data:
                self._fail("the guest ended")
            self.kept += data
        line, self.kept = self.kept.split(b"\n", 1)
        return json.loads(line)

    def run(self, *command, environment=None, check=True, patience=120, show=False):
        """Runs a command; with `show`, what it writes is seen while it runs."""
        request = {"command": [str(word) for word in command], "environment": environment or {}}
        self.socket.settimeout(20)
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        deadline, output = time.monotonic() + patience, ""
        while True:
            said = self._line(deadline)
            if "status" in said:
                break
            output += said["output"]
            if show:
                sys.stdout.write(said["output"])
                sys.stdout.flush()
        if check and said["status"] != 0:
            raise AssertionError(f"{' '.join(request['command'])}: status {said['status']}\n{output}")
        return Done(said["status"], output)

    def shell(self, text, **options):
        return self.run("bash", "-euo", "pipefail", "-c", text, **options)

    def close(self):
        if self.socket:
            self.socket.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
