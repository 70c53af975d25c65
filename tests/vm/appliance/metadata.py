# SPDX-License-Identifier: GPL-2.0-or-later
"""A cloud's metadata service, for one connection on its standard input and output.

Usage: metadata.py PATH USER-DATA-FILE"""

import pathlib
import sys

lines = []
while (line := sys.stdin.buffer.readline()) not in (b"", b"\r\n"):
    lines.append(line.decode())
found = lines and lines[0].split()[1] == sys.argv[1]
body = pathlib.Path(sys.argv[2]).read_bytes() if found else b"no\n"
status = b"200 OK" if found else b"404 Not Found"
sys.stdout.buffer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
sys.stdout.buffer.flush()
