# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP through the tunnels: a listener in one namespace, a sender in another, and is what came what was sent."""

import subprocess
import time

from net import SLOW

PORT = 7000

LISTEN = """
import hashlib, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.socket(family)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen()
print("listening", flush=True)
connection, _ = listener.accept()
digest = hashlib.sha256()
while data := connection.recv(65536):
    digest.update(data)
print(digest.hexdigest(), flush=True)
"""

SEND = """
import hashlib, random, socket, sys, time
block = random.Random(1).randbytes(65536)
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
connection.settimeout(300)
digest, left, pause = hashlib.sha256(), int(sys.argv[3]), float(sys.argv[4])
while left > 0:
    data = block[: min(left, len(block))]
    connection.sendall(data)
    digest.update(data)
    left -= len(data)
    time.sleep(pause)
connection.close()
print(digest.hexdigest(), flush=True)
"""

CONNECT = """
import socket, sys
connection = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
connection.settimeout(2)
if sys.argv[3]:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[3].encode())
connection.connect((sys.argv[1], int(sys.argv[2])))
"""


def _python(namespace, code, *arguments):
    return namespace.start("/usr/bin/python3", "-c", code, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Listener:
    def __init__(self, namespace, address, port=PORT):
        self.address, self.port = address, port
        self.process = _python(namespace, LISTEN, address, port)
        assert self.process.stdout.readline() == "listening\n", self.process.stderr.read()

    def digest(self, timeout=60):
        return self.process.communicate(timeout=timeout * SLOW)[0].strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Stream:
    """So many bytes from one namespace to an address in another; `pause` seconds after each 64 KiB."""

    def __init__(self, sender, receiver, address, size, pause=0.0):
        self.listener = Listener(receiver, address)
        self.size, self.started = size, time.monotonic()
        self.process = _python(sender, SEND, address, PORT, size, pause)

    def finish(self, timeout=60):
        """True when all of it came as it was sent; then `rate` is in Mbit/s."""
        sent, errors = self.process.communicate(timeout=timeout * SLOW)
        assert self.process.returncode == 0, errors
        intact = sent.strip() == self.listener.digest(timeout)
        self.rate = self.size * 8 / (time.monotonic() - self.started) / 1e6
        return intact


def connects(namespace, address, port=PORT, link=""):
    process = _python(namespace, CONNECT, address, port, link)
    process.communicate(timeout=20 * SLOW)
    return process.returncode == 0
