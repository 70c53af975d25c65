# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with the appliance's disk image. The image is as it is shipped but for its initrds, which bring an
agent into it."""

import base64
import fcntl
import hashlib
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from command import run
from emulator import Ended, Emulator, Failed

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.append(str(SOURCE / "image/make"))

KEPT = SOURCE / "build-image"
FIRMWARE = pathlib.Path("/usr/share/OVMF")
AGENT_UNIT = """[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/bash /run/warren-test/agent
StandardInput=null
"""
# Before the initrd's last word.
HOOK = """units=/root/run/systemd/system
busybox mkdir -p /root/run/warren-test $units/sysinit.target.wants
busybox cp /warren-test/agent /root/run/warren-test/agent
busybox cp /warren-test/unit $units/warren-test.service
busybox ln -s ../warren-test.service $units/sysinit.target.wants/warren-test.service
"""


READY = "warren status | grep -q '^ready: *yes'"
# In front of a command: in the namespace of the one instance there is.
INSIDE = "ip netns exec wr-$(warren instance list --json | sed -n 's/.*\"id\": *\"\\([a-z2-7]*\\)\".*/\\1/p' | head -n 1)"
# What is said on the way down of something that does not end as it should.
SLOPPY = re.compile(r"\[ *(?:FAILED|TIME) *\]|[Ff]ailed to (?:unmount|stop|detach|deactivate)|Failed unmounting|Could not (?:unmount|detach)|"
                    r"timed out|stop job is running|I/O error")  # fmt: skip
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def processor_seconds(pid):
    """That a process has had so far: what an emulator did, however much else ran beside it."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _agent_initrd(folder):
    """To be read after the image's own: its init takes the place of the first one."""
    tree = folder / "agent"
    (tree / "warren-test").mkdir(parents=True)
    init = (SOURCE / "image/boot/init").read_text()
    last = "exec switch_root"
    assert init.count(last) == 1
    (tree / "init").write_text(init.replace(last, HOOK + last))
    (tree / "init").chmod(0o755)
    shutil.copy(HERE / "appliance/agent", tree / "warren-test/agent")
    (tree / "warren-test/unit").write_text(AGENT_UNIT)
    archive = "find . -mindepth 1 -printf '%P\\n' | cpio --quiet -o -H newc -R 0:0"
    return subprocess.run(["sh", "-euc", archive], cwd=tree, check=True, stdout=subprocess.PIPE).stdout


class Image:
    """The image of this checkout, with the agent: the disk, and its kernel and initrd for a direct start."""

    def __init__(self):
        self.raw, self.vmlinuz, self.initrd = (KEPT / f"test/{name}" for name in ("disk.raw", "vmlinuz", "initrd"))
        self.boot = KEPT / "test/boot.img"

    def _digest(self):
        digest = hashlib.sha256()
        for path in (KEPT / "warren.raw", HERE / "appliance/agent", pathlib.Path(__file__)):
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def prepare(self):
        """Made once for each image."""
        import disk

        (KEPT / "test").mkdir(exist_ok=True)
        with open(KEPT / "test/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = KEPT / "test/digest"
            if not kept.exists() or kept.read_text() != self._digest():
                kept.unlink(missing_ok=True)
                self._make(disk)
                kept.write_text(self._digest())
        self.options = self._slot_config().split('"')[1]
        return self

    def _slot_config(self):
        """On a busy machine the emulator's timer is late, and the kernel gives up the box when it checks that."""
        return self._read_boot("slot.cfg").decode().replace('set options="', 'set options="no_timer_check ')

    def _read_boot(self, name):
        return subprocess.run(
            ["debugfs", "-R", f"cat /{name}", KEPT / "slot/boot.img"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ).stdout

    def _make_boot(self, disk, config, path):
        with tempfile.TemporaryDirectory(dir=KEPT) as folder:
            folder = pathlib.Path(folder)
            (folder / "slot.cfg").write_bytes(config)
            files = {"vmlinuz": self.vmlinuz, "initrd": self.initrd, "slot.cfg": folder / "slot.cfg"}
            disk.make_boot(files, path, folder / "boot")

    def boot_of(self, hashes, path):
        """A boot partition with the agent, for a root that verity has these hashes of."""
        import disk

        config = re.sub(rb"warren\.verity=[^ \"]+", b"warren.verity=" + hashes.encode(), self._slot_config().encode())
        self._make_boot(disk, config, path)

    def _make(self, disk):
        with tempfile.TemporaryDirectory(dir=KEPT) as folder:
            folder = pathlib.Path(folder)
            self.vmlinuz.write_bytes(self._read_boot("vmlinuz"))
            self.initrd.write_bytes(self._read_boot("initrd"))
            with open(self.initrd, "r+b") as file:
                # Archives start at multiples of four.
                file.seek(0, os.SEEK_END)
                file.write(bytes(-file.tell() % 4) + _agent_initrd(folder))
            self._make_boot(disk, self._slot_config().encode(), self.boot)
            run("cp", "--sparse=always", KEPT / "warren.raw", self.raw)
            disk.place(self.raw, self.boot, disk.starts()["warren-boot-a"])


class Machine(Emulator):
    """One that is switched on and off; its disk stays until it is closed."""

    numbers = itertools.count(1)

    def __init__(self, image, size="4G", memory=768, firmware=None, base=None, form="qcow2", device="virtio-blk-pci", words=""):
        """`base`: a disk in the place of the image's, of a machine that is not switched on any more. `words` for its kernel,
        where it is started directly."""
        super().__init__()
        self.number, self.device = next(self.numbers) % 256, device
        self.image, self.memory, self.firmware = image, memory, firmware
        self.words = words
        self.disk = self.folder / "disk.qcow2"
        self._make_disk(size, base, form)
        os.mkfifo(self.folder / "keyboard.in")
        # What it says is in the log. From a socket that nobody empties it would say things twice, or no more.
        (self.folder / "keyboard.out").symlink_to(os.devnull)
        if firmware == "uefi":
            shutil.copy(FIRMWARE / "OVMF_VARS_4M.fd", self.folder / "vars.fd")

    def _make_disk(self, size, base, form):
        behind = (base, form) if base else (self.image.raw, "raw")
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", behind[0], "-F", behind[1], self.disk, size)

    def _firmware(self):
        if self.firmware == "uefi":
            return [
                "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}/OVMF_CODE_4M.fd",
                "-drive", f"if=pflash,format=raw,file={self.folder}/vars.fd",
            ]  # fmt: skip
        if self.firmware == "bios":
            return []
        options = f"{self.image.options} {os.environ.get('WARREN_VM_OPTIONS', '')} {self.words} warren.slot=a warren.boot=kept"
        return ["-kernel", self.image.vmlinuz, "-initrd", self.image.initrd, "-append", options]

    def _drive(self):
        return [
            "-drive", f"if=none,id=disk,format=qcow2,discard=unmap,file={self.disk}",
            "-device", f"{self.device},drive=disk",
        ]  # fmt: skip

    def start(self, *more, wait=True, patience=240, network="user", inside=()):
        """`inside`: words before the emulator's, as of a network namespace."""
        command = [
            *inside,
            "setpriv", "--pdeathsig", "KILL",
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
            # A restart is one of the emulator, by wait_reboot(): what it translated before would make the kernel crawl
            # when it writes to the memory where the one before it was.
            "-no-reboot",
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1", "-m", self.memory,
            *self._firmware(),
            *self._drive(),
            "-chardev", f"pipe,id=console,path={self.folder}/keyboard,logfile={self.console},logappend=on",
            "-serial", "chardev:console",
            *self._agent_port(),
            "-nic", f"{network},model=virtio-net-pci,mac=52:54:00:00:00:{self.number:02x}",
            *more,
        ]  # fmt: skip
        self.command = command
        self.switch_on()
        if wait:
            self.connect(time.monotonic() + patience)
        return self

    def switch_on(self):
        self.silent_until = len(self.said())
        self._emulate(self.command)

    def connect(self, deadline):
        self._open_port()
        line = ""
        # What starts otherwise is of an agent before this one.
        while not line.startswith("ready "):
            line = self._line(deadline)
        self.kernel = line.split()[1]

    def type(self, keys):
        """On its serial line."""
        with open(self.folder / "keyboard.in", "r+b", buffering=0) as keyboard:
            keyboard.write(keys.encode())

    def until_said(self, pattern, patience=120, since_start=False):
        """On its console."""
        deadline = time.monotonic() + patience
        begin = self.silent_until if since_start else 0
        while not re.search(pattern, self.said()[begin:]):
            if time.monotonic() > deadline:
                self._fail(f"the machine does not say {pattern}")
            time.sleep(0.5)

    def _with_raw(self, change):
        """Off, its whole disk as one plain file for a moment."""
        raw = self.folder / "disk.raw"
        run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", self.disk, raw)
        change(raw)
        run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, self.disk)
        raw.unlink()

    def _start_of(self, raw, name):
        table = run("partx", "--raw", "--noheadings", "--output", "START,NAME", raw)
        return int(re.search(rf"(\d+) {name}$", table, re.MULTILINE)[1]) * 512

    def put_on_efi(self, name, text):
        path = self.folder / name
        path.write_text(text)

        def put(raw):
            run("mcopy", "-o", "-i", f"{raw}@@{self._start_of(raw, 'warren-efi')}", path, f"::/{name}")

        self._with_raw(put)

    def damage(self, partition, first, count):
        """So many blocks of 4 KiB of it."""

        def write(raw):
            with open(raw, "r+b") as file:
                file.seek(self._start_of(raw, partition) + first * 4096)
                file.write(os.urandom(count * 4096))

        self._with_raw(write)

    def run(self, script, check=True, patience=120):
        """Status and output of a shell script."""
        self._send(base64.b64encode(script.encode()).decode())
        status, _, output = self._line(time.monotonic() + patience).partition(" ")
        output = base64.b64decode(output).decode(errors="replace")
        if check and status != "0":
            raise AssertionError(f"{script}: status {status}\n{output}")
        return output if check else (int(status), output)

    def until(self, script, patience=120):
        """Waits in there until it succeeds."""
        return self.run(f"for i in $(seq {patience * 2}); do ({script}) >/tmp/until 2>&1; r=$?; [ $r != 0 ] || break; sleep 0.5; done; "
                        "cat /tmp/until; exit $r", patience=patience + 60)  # fmt: skip

    def until_ready(self, patience=400):
        """Its hub."""
        self.until(READY, patience)

    def ask(self, words):
        """What the command line says to a program."""
        return json.loads(self.run(f"warren {words} --json"))

    def problems(self):
        return self.ask("box show")["problems"]

    def wait_end(self, patience):
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self._fail("the machine does not end")
        self._disconnect()
        said = COLOURS.sub("", self.said()[self.silent_until :])
        sloppy = [line for line in said.splitlines() if SLOPPY.search(line)]
        if sloppy:
            self._fail("it does not go down well: " + "\n".join(sloppy))

    def wait_off(self, patience=120):
        """Until it switched itself off."""
        self.wait_end(patience)
        if "reboot: Power down" not in self.said()[-500:]:
            self._fail("the machine did not switch itself off")

    def wait_reboot(self, patience=240):
        """Until it runs again, however often it has to start for that."""
        deadline = time.monotonic() + patience
        while True:
            self.wait_end(deadline - time.monotonic())
            self.switch_on()
            try:
                return self.connect(deadline)
            except Ended:
                self._disconnect()

    def _refused(self):
        """What a sandbox did not let a process do, as the kernel tells; of one that answers still."""
        if not self.socket or self.process.poll() is not None:
            return ""
        try:
            return self.run("dmesg | grep -E 'audit:.*type=1326' || true", patience=20)
        except (Failed, OSError):
            return ""

    def close(self):
        refused = self._refused()
        super().close()
        assert refused == "", refused
