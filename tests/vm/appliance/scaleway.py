# SPDX-License-Identifier: GPL-2.0-or-later
"""A cloud's metadata service as Scaleway's is: it answers those alone whose port is below 1024, as root's are.

Usage: scaleway.py ADDRESS USER-DATA-FILE"""

import http.server
import pathlib
import sys


class Cloud(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = 200, pathlib.Path(sys.argv[2]).read_bytes()
        if self.client_address[1] >= 1024:
            status, body = 403, b"not root\n"
        elif self.path != "/user_data/cloud-init":
            status, body = 404, b"\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer((sys.argv[1], 80), Cloud).serve_forever()
