# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the web that says exactly what it is told to, byte for byte."""

import json
import socket
import ssl

HOST = "127.0.0.1"


class Closed(Exception):
    """The hub ended the connection."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


CONTEXT = context()


class Client:
    def __init__(self, host=HOST, port=443, tls=True, timeout=20, source=None, receive_buffer=None):
        plain = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        plain.settimeout(timeout)
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            plain.bind((source, 0))
        plain.connect((host, port))
        self.socket = CONTEXT.wrap_socket(plain, server_hostname="localhost") if tls else plain
        self.read = b""
        self.host = host

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        if not data:
            raise Closed()
        self.read += data

    def until(self, mark):
        while mark not in self.read:
            self._more()
        part, self.read = self.read.split(mark, 1)
        return part

    def exactly(self, size):
        while len(self.read) < size:
            self._more()
        part, self.read = self.read[:size], self.read[size:]
        return part

    def chunk(self):
        """The next one of an answer in chunks."""
        size = int(self.until(b"\r\n"), 16)
        data = self.exactly(size)
        assert self.exactly(2) == b"\r\n"
        return data

    def head(self):
        first, *lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        return int(status), {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def answer(self, bodiless=False):
        status, headers = self.head()
        body = b"" if bodiless or status == 304 else self.exactly(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    def ask(self, method, path, body=None, headers=()):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", *(f"{name}: {value}" for name, value in dict(headers).items())]
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        return self.answer(bodiless=method == "HEAD")

    def ended(self, within=5):
        """Does the hub end the connection, without another word?"""
        self.socket.settimeout(within)
        try:
            self._more()
        except Closed:
            return True
        except TimeoutError:
            return False
        return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def ask(method, path, body=None, headers=(), **options):
    with Client(**options) as client:
        return client.ask(method, path, body, headers)
