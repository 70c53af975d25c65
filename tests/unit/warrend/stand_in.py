# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for warren-engine, warren-net and warren-web, started by the real warrend.

As the engine it hands its descriptors to the test, which then plays the engine. As a worker it
tells on its channel what it is, and ends when the channel closes.
"""
import json
import os
import socket
import sys


def descriptors():
    """All but the one that lists them."""
    held = []
    for number in os.listdir("/proc/self/fd"):
        try:
            os.readlink(f"/proc/self/fd/{number}")
            held.append(int(number))
        except FileNotFoundError:
            pass
    return sorted(held)


def facts():
    return {
        "pid": os.getpid(),
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
        "descriptors": descriptors(),
        "netns": os.stat("/proc/self/ns/net").st_ino,
        "directory": os.getcwd(),
        "status": open("/proc/self/status").read(),
    }


def engine():
    state = sys.argv[sys.argv.index("--state-dir") + 1]
    told = facts()
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(os.path.join(os.path.dirname(state), "control.sock"))
    socket.send_fds(control, [json.dumps(told).encode()], [3, 4])
    os.close(3)
    os.close(4)
    control.recv(1)


def worker():
    told = facts()
    channel = socket.socket(fileno=3)
    channel.setblocking(True)
    channel.send(json.dumps(told).encode())
    while channel.recv(65536):
        pass


def web():
    """Hands its channel to the test too."""
    told = facts()
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(os.path.join(os.path.dirname(os.path.dirname(sys.argv[0])), "web.sock"))
    socket.send_fds(control, [json.dumps(told).encode()], [3])
    os.close(3)
    control.recv(1)


name = os.path.basename(sys.argv[0])
{"warren-engine": engine, "warren-web": web}.get(name, worker)()
