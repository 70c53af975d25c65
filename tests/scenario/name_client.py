# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a name server, as a library (in the namespace of the caller) and as a program for other namespaces:

name_client.py ask SERVER NAME TYPE udp|tcp TIMEOUT  prints {"code": ..., "answers": [...]}, or null: no answer
name_client.py go-on SERVER SECONDS NAME...       asks until its standard input closes; prints how that went
"""

import ipaddress
import itertools
import json
import os
import random
import select
import socket
import struct
import sys
import time

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "TXT": 16, "AAAA": 28}
CODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


def query(number, name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", TYPES[kind], 1)


def read_name(message, at):
    labels, after = [], None
    while message[at]:
        if message[at] >= 192:
            after = after or at + 2
            at = struct.unpack_from(">H", message, at)[0] & 0x3FFF
        else:
            labels.append(message[at + 1 : at + 1 + message[at]].decode())
            at += 1 + message[at]
    return ".".join(labels), after or at + 1


def read_answer(message):
    _, flags, questions, answers = struct.unpack_from(">4H", message)
    at, found = 12, []
    for _ in range(questions):
        at = read_name(message, at)[1] + 4
    for _ in range(answers):
        at = read_name(message, at)[1]
        kind, _, _, length = struct.unpack_from(">2HIH", message, at)
        data = message[at + 10 : at + 10 + length]
        if kind in (1, 28):
            found.append(str(ipaddress.ip_address(data)))
        elif kind == 12:
            found.append(read_name(message, at + 10)[0])
        at += 10 + length
    return {"code": CODES.get(flags & 15, flags & 15), "answers": sorted(found)}


def exchange(server, name, kind, over_tcp, timeout):
    number = random.randrange(65536)
    message = query(number, name, kind)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM) as end:
        end.settimeout(timeout)
        try:
            end.connect((server, 53))
            end.sendall(struct.pack(">H", len(message)) + message if over_tcp else message)
            answer = end.recv(4096)
        except OSError:
            return None
    answer = answer[2:] if over_tcp else answer
    return read_answer(answer) if answer[:2] == struct.pack(">H", number) else None


def ask(namespace, server, name, kind="A", over="udp", timeout=3):
    """From a namespace of the scenario (net.Namespace); None: no answer."""
    said = namespace.run("python3", __file__, "ask", server, name, kind, over, timeout).stdout
    return json.loads(said)


def go_on(server, names):
    """A question a millisecond, one in twenty over TCP."""
    counts = {"asked": 0, "unanswered": 0, "wrong": 0, "slowest_ms": 0.0}
    for name in itertools.cycle(names):
        if select.select([sys.stdin], [], [], 0.001)[0]:
            return counts
        counts["asked"] += 1
        start = time.monotonic()
        answer = exchange(server, name, "A", counts["asked"] % 20 == 0, 2)
        counts["slowest_ms"] = max(counts["slowest_ms"], round((time.monotonic() - start) * 1000, 1))
        counts["unanswered"] += answer is None
        counts["wrong"] += bool(answer) and not answer["answers"]


class Asker:
    """Asks on and on from a namespace; stop() tells how that went."""

    def __init__(self, namespace, server, *names):
        self.process = namespace.start("python3", __file__, "go-on", server, *names, stdin=-1, stdout=-1)

    def stop(self):
        said, _ = self.process.communicate(timeout=30)
        return json.loads(said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    what, server, *rest = sys.argv[1:]
    if what == "ask":
        print(json.dumps(exchange(server, rest[0], rest[1], rest[2] == "tcp", float(rest[3]))))
    else:
        print(json.dumps(go_on(server, rest)))
    sys.stdout.flush()
    os._exit(0)
