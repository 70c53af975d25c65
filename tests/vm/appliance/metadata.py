# SPDX-License-Identifier: GPL-2.0-or-later
"""A cloud's metadata service as Amazon's is, for one connection on its standard input and output.

Usage: metadata.py USER-DATA-FILE"""

import pathlib
import sys

TOKEN = b"dG9rZW4=="
lines = []
while (line := sys.stdin.buffer.readline()) not in (b"", b"\r\n"):
    lines.append(line.strip().lower())
request = lines[0].split()[:2] if lines else []
if request == [b"put", b"/latest/api/token"] and b"x-aws-ec2-metadata-token-ttl-seconds: 60" in lines:
    status, body = b"200 OK", TOKEN
elif request == [b"get", b"/latest/user-data"] and b"x-aws-ec2-metadata-token: " + TOKEN.lower() in lines:
    status, body = b"200 OK", pathlib.Path(sys.argv[1]).read_bytes()
else:
    status, body = b"401 Unauthorized", b"no\n"
sys.stdout.buffer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
sys.stdout.buffer.flush()
