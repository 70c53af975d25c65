# SPDX-License-Identifier: GPL-2.0-or-later
"""Something to compare with: Debian as its cloud image has it, made here of the same packages, since that image itself
is not in any package mirror."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
import time

import root
from command import run
from machine import processor_seconds

# What the generic cloud image of Debian 12 is made of.
PACKAGES = """
    apt-utils bash-completion bind9-host ca-certificates cloud-guest-utils cloud-image-utils cloud-init
    cloud-initramfs-growroot curl dbus fdisk gdisk ifupdown initramfs-tools iproute2 iputils-ping less
    linux-image-cloud-amd64 locales-all man-db netcat-openbsd netplan.io openssh-client openssh-server pciutils
    python3 python3-boto3 qemu-utils reportbug screen socat sudo systemd systemd-resolved systemd-sysv
    systemd-timesyncd traceroute udev unattended-upgrades uuid-runtime vim
""".split()
SIZE = "4G"


def prepared():
    """Kernel, initrd and disk, kept beside the other root; and the root's size in bytes."""
    root.KEPT.mkdir(exist_ok=True)
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:16]
    kept = root.KEPT / f"stock-{digest}"
    with open(root.KEPT / "stock-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=root.KEPT, prefix="work-") as work:
                _make(pathlib.Path(work))
                os.rename(pathlib.Path(work) / "stock", kept)
    return kept


def _make(work):
    tree, made = work / "root", work / "stock"
    made.mkdir()
    run(
        "mmdebstrap", "--mode=root", "--variant=important", f"--include={','.join(PACKAGES)}",
        "--customize-hook=echo warren-stock >$1/etc/hostname", "--customize-hook=echo /dev/vda / ext4 rw 0 1 >$1/etc/fstab",
        "bookworm", tree, "-", input=root._sources(),
    )  # fmt: skip
    (made / "size").write_text(run("du", "-s", "--block-size=1", tree).split()[0])
    for name in ("vmlinuz", "initrd.img"):
        (made / name).write_bytes(next(tree.glob(f"boot/{name}-*")).read_bytes())
    run("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", tree, made / "disk.img", SIZE)
    run("qemu-img", "convert", "-c", "-O", "qcow2", made / "disk.img", made / "disk.qcow2")


def seconds_to_login(kept, memory, patience=600):
    """From switching it on to its login prompt on the serial line: as they passed, and those of this machine's processors."""
    with tempfile.TemporaryDirectory(prefix="warren-vm-") as folder, contextlib.ExitStack() as stack:
        console = pathlib.Path(folder) / "console"
        disk = pathlib.Path(folder) / "disk.qcow2"
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", kept / "disk.img", "-F", "raw", disk)
        started = time.monotonic()
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
             "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1", "-m", str(memory),
             "-kernel", kept / "vmlinuz", "-initrd", kept / "initrd.img",
             "-append", "root=/dev/vda ro console=tty0 console=ttyS0,115200 quiet no_timer_check",
             "-drive", f"if=virtio,format=qcow2,file={disk}", "-serial", f"file:{console}",
             "-nic", "user,model=virtio-net-pci"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(process.wait)
        stack.callback(process.kill)
        while not (console.exists() and re.search("login:", console.read_text(errors="replace"))):
            assert process.poll() is None, "the emulator ended"
            assert time.monotonic() - started < patience, console.read_text(errors="replace")[-3000:]
            time.sleep(0.2)
        return time.monotonic() - started, processor_seconds(process.pid)
