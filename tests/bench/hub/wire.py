# SPDX-License-Identifier: GPL-2.0-or-later
"""What the measurements of throughput share: WireGuard devices of the kind that the hub has here, a stream of TCP, a
table of what must be reached. WARREN_BACKEND=kernel: the kernel's WireGuard; else wireguard-go."""

import os
import subprocess

from hub_bench import sh

KERNEL = os.environ.get("WARREN_BACKEND") == "kernel"
WIREGUARD = "the kernel's WireGuard" if KERNEL else "wireguard-go"
PORT = 7000

RECEIVE = f"""
import socket, sys, time
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], {PORT}))
listener.listen()
print("listening", flush=True)
connection, _ = listener.accept()
buffer, count, began = bytearray(1 << 20), 0, time.perf_counter()
while got := connection.recv_into(buffer):
    count += got
print(count * 8 / (time.perf_counter() - began) / 1e6, count, flush=True)
"""

SEND = f"""
import socket, sys, time
connection = socket.create_connection((sys.argv[2], {PORT}), timeout=10, source_address=(sys.argv[1], 0))
connection.settimeout(60)
block, end = bytes(1 << 18), time.perf_counter() + float(sys.argv[3])
while time.perf_counter() < end:
    connection.sendall(block)
"""


def add_device(link, namespace="", as_the_hub=False):
    """With nothing in it. `as_the_hub`: a session of its own is what the kernel shares the processors out to, and the
    hub's wireguard-go has one."""
    inside = f"ip netns exec {namespace}" if namespace else ""
    if KERNEL:
        sh(f"{inside} ip link add {link} type wireguard")
        return
    session = "setsid --wait" if as_the_hub else ""
    sh(f"LOG_LEVEL=error {inside} {session} wireguard-go {link} >/dev/null 2>&1")
    sh(f"until {inside} wg show {link} >/dev/null 2>&1; do sleep 0.02; done")


def stream(sender, receiver, source, target, listening, seconds):
    """From one namespace to an address, under which the other's `listening` is seen: Mbit/s and bytes."""
    far = subprocess.Popen(["ip", "netns", "exec", receiver, "/usr/bin/python3", "-c", RECEIVE, listening],
                           stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert far.stdout.readline() == "listening\n"
    subprocess.run(["ip", "netns", "exec", sender, "/usr/bin/python3", "-c", SEND, source, target, str(seconds)], check=True)
    rate, count = far.communicate(timeout=120)[0].split()
    return float(rate), int(count)


def check_backend(hub):
    """What is measured must be what the hub has."""
    backend = hub.api("GET", "/status")["backend"]
    assert backend == ("kernel" if KERNEL else "userspace"), backend


class Table:
    """Ratios that are to be reached."""

    def __init__(self):
        self.missed = 0
        print(f"{'what':<96} {'found':>8} {'at least':>10}")

    def row(self, what, found, aim):
        missed = found < aim
        self.missed += missed
        print(f"{what:<96} {found:>6.2f} x {aim:>8.2f} x{' MISSED' if missed else ''}", flush=True)
