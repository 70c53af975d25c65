# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs inside the guest: takes commands from the host, one JSON object a line, one at a time; answers with what they
write, piece by piece, and in the end with their exit status."""

import json
import os
import pathlib
import select
import socket
import subprocess
import time

PORT = "warren.agent"
# All hooks that a packet passes, and nothing at them.
HOOKS = """
table inet held {
    chain prerouting { type filter hook prerouting priority 0; }
    chain input { type filter hook input priority 0; }
    chain forward { type filter hook forward priority 0; }
    chain output { type filter hook output priority 0; }
    chain postrouting { type filter hook postrouting priority 0; }
}
table netdev held {
    chain ingress { type filter hook ingress device "lo" priority 0; }
    chain egress { type filter hook egress device "lo" priority 0; }
}
"""
# Of Linux; socket has no names for them.
SO_TIMESTAMP, UDP_ENCAP, UDP_ENCAP_L2TPINUDP = 29, 100, 3


def hold_branches():
    """Linux turns branches of its own code on with the first one who wants them, and off with the last one. It is patched
    while the other processor runs it, which the emulator's cannot do: it jumps amid an instruction, and that is a panic
    (netif_rx_internal, when a ping wants its times and others send). Held here, so that they stay on."""
    times, capsule = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    times.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMP, 1)
    capsule.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_L2TPINUDP)
    subprocess.run(["nft", "-f", "-"], input=HOOKS, text=True, check=True)
    return times, capsule


def open_port():
    for name in pathlib.Path("/sys/class/virtio-ports").glob("*/name"):
        if name.read_text().strip() == PORT:
            return os.open(f"/dev/{name.parent.name}", os.O_RDWR)
    raise SystemExit(f"no port {PORT}")


def say(port, **what):
    data = json.dumps(what).encode() + b"\n"
    while data:
        data = data[os.write(port, data) :]


def lines(port):
    kept = b""
    while True:
        data = os.read(port, 65536)
        if not data:
            # Nobody listens at the moment.
            time.sleep(0.05)
            continue
        *whole, kept = (kept + data).split(b"\n")
        yield from whole


def run(port, command, environment):
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out = process.stdout.fileno()
    # Not until the end of the pipe: what a command leaves running may hold it open.
    while True:
        ended = process.poll() is not None
        while select.select([out], [], [], 0 if ended else 0.1)[0]:
            data = os.read(out, 65536)
            if not data:
                break
            say(port, output=data.decode(errors="replace"))
        if ended:
            break
        if select.select([out], [], [], 0)[0]:
            # Closed by the command, which goes on.
            process.wait()
    process.stdout.close()
    say(port, status=process.returncode)


def main():
    port = open_port()
    held = hold_branches() if os.cpu_count() > 1 else ()
    say(port, ready=os.uname().release)
    for line in lines(port):
        request = json.loads(line)
        try:
            run(port, request["command"], request["environment"])
        except OSError as error:
            say(port, output=f"{error}\n")
            say(port, status=127)
    del held


main()
