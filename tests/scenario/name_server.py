# SPDX-License-Identifier: GPL-2.0-or-later
"""A name server that knows a few names and writes down who asked for what. As a program: LOG ADDRESS NAME=ADDRESS....
It listens over UDP and TCP on port 53 of the address."""

import ipaddress
import json
import pathlib
import socket
import struct
import sys
import tempfile
import threading
import time

from name_client import TYPES, read_name


class NameServer:
    """One that runs in a namespace of the scenario."""

    def __init__(self, namespace, address, *records):
        self.log = pathlib.Path(tempfile.mkstemp(dir="/run/world")[1])
        self.process = namespace.start("python3", __file__, self.log, address, *records)
        deadline = time.monotonic() + 5
        while '"ready"' not in self.log.read_text():
            assert time.monotonic() < deadline, "the name server does not start"
            time.sleep(0.02)

    def asked(self):
        """What was asked: [{"name", "type", "from", "over"}]."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if "name" in line]

    def names(self):
        return [question["name"] for question in self.asked()]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def answer(message, records, note, source, over):
    name, at = read_name(message, 12)
    kind = struct.unpack_from(">H", message, at)[0]
    note({"name": name.lower(), "type": kind, "from": source, "over": over})
    found = [address for known, address in records if known == name.lower()]
    fitting = [address for address in found if (kind == TYPES["A"]) == (address.version == 4) and kind in (1, 28)]
    code = 0 if found else 3
    data = b"".join(b"\xc0\x0c" + struct.pack(">2HIH", kind, 1, 60, len(a.packed)) + a.packed for a in fitting)
    return message[:2] + struct.pack(">5H", 0x8180 | code, 1, len(fitting), 0, 0) + message[12 : at + 4] + data


def serve(log, address, records):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    lock = threading.Lock()

    def note(what):
        with lock, open(log, "a") as file:
            file.write(json.dumps(what) + "\n")

    def over_tcp(listener):
        while True:
            end, source = listener.accept()
            with end:
                end.settimeout(2)
                try:
                    message = answer(end.recv(4096)[2:], records, note, source[0], "tcp")
                    end.sendall(struct.pack(">H", len(message)) + message)
                except OSError:
                    pass

    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    tcp = socket.socket(family)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind((address, 53))
    tcp.listen(16)
    threading.Thread(target=over_tcp, args=[tcp], daemon=True).start()
    note("ready")
    while True:
        message, source = udp.recvfrom(4096)
        udp.sendto(answer(message, records, note, source[0], "udp"), source)


if __name__ == "__main__":
    log, address, *words = sys.argv[1:]
    pairs = [word.split("=") for word in words]
    serve(log, address, [(name, ipaddress.ip_address(value)) for name, value in pairs])
