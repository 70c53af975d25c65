# SPDX-License-Identifier: GPL-2.0-or-later
"""warren-box asks a cloud: of a double that answers ports below 1024 alone, in a network of this test's own.

Usage: test_box_ask.py WARREN-BOX SERVICE BOX-CLOUD
"""

import http.server
import os
import pathlib
import re
import subprocess
import sys
import threading
import unittest

REQUEST = "GET /user_data/cloud-init HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Cloud(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        allowed = self.client_address[1] < 1024
        self.send_response(200 if allowed else 403)
        self.end_headers()
        self.wfile.write(b"#warren-seed\n" if allowed else b"not root\n")

    def log_message(self, *_):
        pass


def ask(address, port):
    return subprocess.run([BOX, "ask", address, port, REQUEST], capture_output=True, text=True, timeout=20)


class Ask(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 80), Cloud)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()

    def test_port_is_reserved_when_that_is_asked_for(self):
        for _ in range(20):
            said = ask("127.0.0.1", "reserved")
            self.assertTrue(said.stdout.startswith("HTTP/1.0 200") and said.stdout.endswith("\n\n#warren-seed\n"), said)
        said = ask("127.0.0.1", "any")
        self.assertTrue(said.returncode == 0 and said.stdout.startswith("HTTP/1.0 403"), said)

    def test_nobody_answers(self):
        for address in ("127.0.0.2", "::1", "localhost", "127.0.0.1\n", ""):
            said = ask(address, "any")
            self.assertEqual((said.returncode, said.stdout), (1, ""), address)
        self.assertEqual(ask("127.0.0.1", "80").returncode, 2)

    def test_the_unit_lets_it_ask_each_cloud(self):
        """Whose address is not on the unit's list is never reached."""
        unit = pathlib.Path(SERVICE).read_text()
        allowed = set(re.search(r"^IPAddressAllow=(.*)$", unit, re.M)[1].split())
        text = pathlib.Path(CLOUDS).read_text()
        named = set(re.findall(r'\.address = "([^"]*)"', text)) | set(re.findall(r'#define LINK_LOCAL "([^"]*)"', text))
        self.assertEqual(allowed, named)
        self.assertIn("CAP_NET_BIND_SERVICE", re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M)[1].split())


if __name__ == "__main__":
    BOX, SERVICE, CLOUDS = (os.path.abspath(path) for path in sys.argv[1:4])
    if "inside" not in sys.argv:
        inside = ["unshare", "--net", "--map-root-user"]
        if subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("skipped: no network namespace of its own")
            sys.exit(77)
        os.execvp(inside[0], [*inside, sys.executable, *sys.argv, "inside"])
    unittest.main(argv=sys.argv[:1], verbosity=2)
