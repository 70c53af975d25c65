# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with Debian's kernel, in which this source tree and its build stand where they do here. It is
emulated, so about ten times slower than this machine. Everything that it writes is forgotten with it."""

import json
import pathlib
import shutil
import sys
import time

import root
from command import run
from emulator import Emulator, Ended

BOOT_PATIENCE = 120
# The emulator's second processor may run code that the first one is patching, which the kernel does when it boots (and
# then panics at an address amid an instruction): a boot may be tried anew.
BOOTS = 3
PARALLEL = ["-accel", "tcg,thread=multi", "-smp", "2"]
# One whose clock is made of its instructions, one a nanosecond: what else this machine does is not seen in there, and
# ratios of what is measured come out the same again. While all in there wait the clock leaps.
COUNTED = ["-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]
# What the guest sees of the source tree.
PARTS = ("hub", "image", "peers", "profiles", "tests", "tunnel", "webui", "meson.build", "meson_options.txt", "README.md", "LICENSE")


class Done:
    def __init__(self, status, output):
        self.status, self.output = status, output


class Guest(Emulator):
    def __init__(self, build, memory=1536, processors=PARALLEL):
        super().__init__()
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
            run("cp", "-a", root.SOURCE / part, tree)
        root.make_disk(tree, image, "512M")
        shutil.rmtree(tree)
        return image

    def _start(self, build, memory, processors):
        vmlinuz, image = root.prepared()
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
            *self._agent_port(),
        ]  # fmt: skip
        for attempt in range(BOOTS):
            # Its copies of what the guest writes go to the same place as the rest.
            self._emulate(command, env={"PATH": "/usr/bin:/bin", "TMPDIR": str(self.folder)})
            self._open_port()
            try:
                self.kernel = json.loads(self._line(time.monotonic() + BOOT_PATIENCE))["ready"]
                return
            except Ended:
                if attempt == BOOTS - 1:
                    raise
                self.power_cut()

    def run(self, *command, environment=None, check=True, patience=120, show=False):
        """Runs a command; with `show`, what it writes is seen while it runs."""
        request = {"command": [str(word) for word in command], "environment": environment or {}}
        self._send(json.dumps(request))
        deadline, output = time.monotonic() + patience, ""
        while True:
            said = json.loads(self._line(deadline))
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
