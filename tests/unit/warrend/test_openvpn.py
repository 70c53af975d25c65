# SPDX-License-Identifier: GPL-2.0-or-later
"""OpenVPN's servers as warrend starts them: the real openvpn, with real clients; the test plays the engine.

Usage: test_openvpn.py WARREND SOURCE_ROOT
"""
import errno
import glob
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import test_warrend
from test_warrend import ID, HubCase, alive, namespaces, net_id, status_of, wait_for

UDP, TCP, LEGACY = range(3)
NAMES = ("udp", "tcp", "legacy")
LINKS = ("ovpn0", "ovpn1", "ovpn2")
ROLE = 5
USER = 64804
PORT = {UDP: 1194, TCP: 1194, LEGACY: 1195}


def run(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, **options).stdout


class Secrets:
    """What the engine would make."""

    def __init__(self):
        self.directory = tempfile.mkdtemp()
        self.make("ca", None, "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign")
        self.make("server", "ca", "extendedKeyUsage=serverAuth\nkeyUsage=digitalSignature")
        client_use = "extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature"
        self.make("client", "ca", client_use)
        self.make("expired", "ca", client_use, days=-1)
        self.tls_crypt_key = os.urandom(128)
        import base64
        lines = base64.encodebytes(self.tls_crypt_key).decode()
        label = "OpenVPN tls-crypt-v2 server key"
        self.write("v2-server.key", f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
        run("openvpn", "--tls-crypt-v2", self.path("v2-server.key"), "--genkey", "tls-crypt-v2-client",
            self.path("v2-client.key"))

    def path(self, name):
        return f"{self.directory}/{name}"

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def make(self, name, issuer, extensions, days=30):
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-out", self.path(f"{name}.key"))
        run("openssl", "req", "-new", "-key", self.path(f"{name}.key"), "-subj", f"/CN={name}",
            "-out", self.path(f"{name}.csr"))
        self.write("extensions", extensions)
        signer = ["-signkey", self.path(f"{name}.key")] if issuer is None else [
            "-CA", self.path(f"{issuer}.crt"), "-CAkey", self.path(f"{issuer}.key"), "-CAcreateserial"]
        run("openssl", "x509", "-req", "-in", self.path(f"{name}.csr"), "-days", str(days), *signer,
            "-extfile", self.path("extensions"), "-out", self.path(f"{name}.crt"))

    def der(self, name, kind):
        if kind == "key":
            return run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", self.path(f"{name}.key"))
        return run("openssl", "x509", "-outform", "DER", "-in", self.path(f"{name}.crt"))


def prefix(address, length):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return struct.pack("<B16sB", family, socket.inet_pton(family, address), length)


def openvpn_id(name, server):
    return name.encode().ljust(9, b"\0") + struct.pack("<xH4x", server)


def order(server, name=ID, mtu=1400, ca=None):
    secrets = OpenVpn.secrets
    parts = [ca or secrets.der("ca", "crt"), secrets.der("server", "crt"), secrets.der("server", "key")]
    return (name.encode().ljust(9, b"\0") + struct.pack("<xHHH", server, PORT[server % 3] + server // 3, mtu) + prefix("10.66.0.1", 24) +
            prefix("fd66::1", 64) + (bytes(128) if server == LEGACY else secrets.tls_crypt_key) +
            struct.pack("<HHHxxI", *map(len, parts), sum(map(len, parts))) + b"".join(parts))


class Management:
    """The engine's end of a management socket."""

    def __init__(self, fd):
        self.socket = socket.socket(fileno=fd)
        self.socket.settimeout(0.2)
        self.text = ""

    def close(self):
        self.socket.close()

    def say(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def read(self):
        try:
            part = self.socket.recv(65536).decode()
        except TimeoutError:
            return True
        self.text += part
        return part != ""

    def hears(self, text, seconds=5):
        end = time.monotonic() + seconds
        while text not in self.text and time.monotonic() < end and self.read():
            pass
        return text in self.text

    def let_in(self, address, seconds=10):
        """The next client that asks."""
        assert self.hears(">CLIENT:CONNECT,", seconds), self.text
        assert self.hears(">CLIENT:ENV,END", seconds), self.text
        cid, kid = self.text.split(">CLIENT:CONNECT,")[1].split()[0].split(",")
        self.say(f"client-auth {cid} {kid}\nifconfig-push {address} 255.255.255.0\n"
                 "push \"topology subnet\"\npush \"route-gateway 10.66.0.1\"\nEND")


class OpenVpn(HubCase):
    @classmethod
    def setUpClass(cls):
        cls.secrets = Secrets()

    def setUp(self):
        super().setUp()
        self.managements = []
        self.clients = []
        self.networks = []

    def tearDown(self):
        for client in self.clients:
            client.kill()
            client.wait()
        for name in self.networks:
            run("ip", "netns", "del", name)
        for management in self.managements:
            management.close()
        super().tearDown()

    def open(self, server, **changes):
        verb, body, fds = self.engine.call("OPENVPN_OPEN", order(server, **changes))
        self.assertEqual(verb, "OPENVPN_OPENED")
        status, adopted, differs = struct.unpack("<iBBxx", body)
        self.assertEqual(len(fds), 1 if status == 0 else 0)
        for fd in fds:
            self.managements.append(Management(fd))
        return status, adopted, differs

    def close_server(self, server):
        verb, body, _ = self.engine.call("OPENVPN_CLOSE", openvpn_id(ID, server))
        self.assertEqual(verb, "ACK")
        return struct.unpack_from("<i", body)[0]

    def pids(self):
        return sorted(r[1] for r in self.engine.roles() if r[0] == ROLE)

    def only_pid(self):
        [pid] = self.pids()
        return pid

    def inside(self, *words):
        return run("ip", "netns", "exec", f"wr-{ID}", *words).decode()

    def has_link(self, server):
        return f" {LINKS[server]}:" in self.inside("ip", "-o", "link")

    def begin(self):
        engine = self.start()
        self.assertEqual(engine.open_net(ID)[0], 0)
        return engine

    # ---- start ----

    def test_server_starts_with_what_it_needs(self):
        self.begin()
        self.assertEqual(self.open(UDP), (0, 0, 0))
        [management] = self.managements
        self.assertTrue(management.hears(">HOLD:Waiting for hold release"), management.text)
        pid = self.only_pid()
        facts = status_of(pid)
        self.assertEqual(set(facts["Uid"].split() + facts["Gid"].split()), {str(USER)})
        for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb", "CapInh"):
            self.assertEqual(int(facts[name], 16), 0, name)
        self.assertEqual((facts["NoNewPrivs"], facts["Seccomp"], facts["Groups"].split()), ("1", "2", []))
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual(self.read(f"/proc/{pid}/cmdline").split("\0"), ["openvpn", "--config", "stdin", "--setenv", "warren", f"{ID}-udp", ""])
        self.assertEqual(os.stat(f"/proc/{pid}/ns/net").st_ino, os.stat(f"/run/netns/wr-{ID}").st_ino)
        held = {os.readlink(p) for p in glob.glob(f"/proc/{pid}/fd/*")}
        self.assertFalse([p for p in held if self.state in p or self.run_directory in p or "netns" in p], held)
        self.assertTrue(self.has_link(UDP))
        self.assertIn(f"user {USER}", self.inside("ip", "tuntap", "list"))

    def test_its_places_are_its_own(self):
        self.begin()
        self.open(UDP)
        top, directory = (os.stat(f"{self.run_directory}/openvpn{more}") for more in ("", f"/{ID}"))
        self.assertEqual((stat.S_IMODE(top.st_mode), top.st_uid, top.st_gid), (0o710, 0, USER))
        self.assertEqual((stat.S_IMODE(directory.st_mode), directory.st_uid), (0o700, USER))
        record = os.stat(f"{self.run_directory}/openvpn/{ID}-udp.record")
        self.assertEqual((stat.S_IMODE(record.st_mode), record.st_uid, record.st_size), (0o600, 0, 36))
        # No file holds a key, and its standard input has none left.
        key = self.secrets.der("server", "key")
        for name in glob.glob(f"{self.directory}/**", recursive=True):
            if os.path.isfile(name):
                text = open(name, "rb").read()
                self.assertFalse(b"PRIVATE KEY" in text or key in text, name)
        held = os.open(f"/proc/{self.only_pid()}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
        self.assertEqual(os.read(held, 1), b"")
        os.close(held)

    def test_only_root_may_manage_it(self):
        """Not another tenant's server, which is the same user."""
        self.begin()
        self.open(UDP)
        self.managements.pop().close()
        path = f"{self.run_directory}/openvpn/{ID}/udp.sock"
        talk = ("import os, socket; os.setgid({0}); os.setuid({0}); s = socket.socket(socket.AF_UNIX); "
                "s.settimeout(3); s.connect({1!r}); print(s.recv(100))")
        said = {user: run(sys.executable, "-c", talk.format(user, path)) for user in (USER, 0)}
        self.assertEqual(said[USER], b"b''\n")
        self.assertIn(b"INFO:OpenVPN", said[0])

    def test_three_servers_of_an_instance(self):
        self.begin()
        for server in (UDP, TCP, LEGACY):
            self.assertEqual(self.open(server), (0, 0, 0))
            management = self.managements[-1]
            management.hears(">HOLD")
            management.say("state on\nhold release")
            self.assertTrue(management.hears("CONNECTED,SUCCESS"), management.text + self.log_text())
        self.assertEqual(len(self.pids()), 3)
        listening = self.inside("ss", "-lntuH")
        self.assertEqual(listening.count(":1194 "), 2, listening)
        self.assertEqual(listening.count(":1195 "), 1, listening)
        self.assertTrue(all(self.has_link(server) for server in (UDP, TCP, LEGACY)))

    def test_what_cannot_start_is_told(self):
        self.begin()
        self.assertEqual(self.open(TCP, mtu=1501)[0], -errno.EINVAL)
        # OpenVPN itself reads certificates only when it is let go.
        self.assertEqual(self.open(UDP, ca=b"no certificate"), (0, 0, 0))
        self.managements[0].say("hold release")
        self.assertEqual(self.engine.hint("OPENVPN_GONE"), openvpn_id(ID, UDP))
        self.assertIn("Cannot load", self.log_text())
        self.assertEqual(self.pids(), [])
        self.assertEqual(self.open(UDP), (0, 0, 0))

    def test_no_namespace_no_server(self):
        self.start()
        self.assertEqual(self.open(UDP)[0], -errno.ENOENT)
        self.assertEqual(namespaces(), set())

    # ---- found again ----

    def test_new_engine_finds_it(self):
        self.begin()
        self.open(UDP)
        self.managements[0].hears(">HOLD")
        pid = self.only_pid()
        self.managements.pop().close()
        os.kill(self.engine.facts["pid"], signal.SIGKILL)
        self.next_engine()
        self.assertEqual(self.open(UDP), (0, 1, 0))
        self.assertTrue(self.managements[0].hears(">INFO:OpenVPN"))
        self.assertEqual(self.only_pid(), pid)
        self.managements.pop().close()
        self.assertEqual(self.open(UDP, mtu=1300), (0, 1, 1))
        self.assertEqual(self.only_pid(), pid)

    def test_new_warrend_adopts_it(self):
        engine = self.begin()
        self.open(UDP)
        self.open(LEGACY)
        pids = self.pids()
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        engine.close()
        for management in self.managements:
            management.close()
        self.managements = []
        self.assertTrue(all(map(alive, pids)))
        self.start()
        self.assertEqual(self.open(UDP), (0, 1, 0))
        self.assertEqual(self.open(LEGACY, mtu=1300), (0, 1, 1))
        self.assertTrue(self.managements[0].hears(">INFO:OpenVPN"))
        self.assertEqual(self.pids(), pids)
        self.assertEqual(self.close_server(LEGACY), 0)
        self.assertEqual(self.open(LEGACY, mtu=1300), (0, 0, 0))

    def test_server_of_an_earlier_warrend_is_stopped_unseen(self):
        self.begin()
        self.open(UDP)
        pid = self.only_pid()
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        self.engine.close()
        self.managements.pop().close()
        self.start()
        self.assertEqual(self.close_server(UDP), 0)
        self.assertFalse(alive(pid))
        self.assertFalse(self.has_link(UDP))

    def test_server_without_its_socket_is_replaced(self):
        """As of a warrend that died before the socket was there."""
        self.begin()
        self.open(UDP)
        pid = self.only_pid()
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        self.engine.close()
        self.managements.pop().close()
        os.unlink(f"{self.run_directory}/openvpn/{ID}/udp.sock")
        self.start()
        self.assertTrue(alive(pid))
        self.assertEqual(self.open(UDP), (0, 0, 0))
        self.assertFalse(alive(pid))
        second = self.only_pid()
        os.unlink(f"{self.run_directory}/openvpn/{ID}/udp.sock")
        self.hub.send_signal(signal.SIGTERM)
        self.hub.wait(8)
        self.assertTrue(alive(second))
        self.assertEqual(self.command("--stop-tunnels").returncode, 0)
        self.assertFalse(alive(second))

    def test_record_of_another_process_kills_nobody(self):
        self.begin()
        self.open(UDP)
        pid = self.only_pid()
        os.kill(pid, signal.SIGKILL)
        self.engine.hint("OPENVPN_GONE")
        os.makedirs(f"{self.run_directory}/openvpn", exist_ok=True)
        other = subprocess.Popen(["sleep", "30"], user=USER)
        try:
            with open(f"{self.run_directory}/openvpn/{ID}-udp.record", "wb") as file:
                file.write(bytes(32) + struct.pack("<i", other.pid))
            self.assertEqual(self.open(UDP), (0, 0, 0))
            self.assertIsNone(other.poll())
        finally:
            other.kill()
            other.wait()

    # ---- its end ----

    def test_dead_server_is_told_and_started_again(self):
        self.begin()
        self.open(TCP)
        os.kill(self.only_pid(), signal.SIGKILL)
        before = time.monotonic()
        self.assertEqual(self.engine.hint("OPENVPN_GONE"), openvpn_id(ID, TCP))
        self.assertTrue(self.has_link(TCP))
        self.assertEqual(self.open(TCP), (0, 0, 0))
        print(f"openvpn killed, told and open again in {(time.monotonic() - before) * 1000:.0f} ms", file=sys.stderr)
        [restarts] = [r[2] for r in self.engine.roles() if r[0] == ROLE]
        self.assertEqual(restarts, 1)

    def test_close_leaves_nothing_and_others_alone(self):
        self.begin()
        self.open(UDP)
        self.open(TCP)
        both = self.pids()
        self.assertEqual(self.close_server(UDP), 0)
        self.assertEqual(len([pid for pid in both if alive(pid)]), 1)
        self.assertEqual((self.has_link(UDP), self.has_link(TCP)), (False, True))
        self.assertEqual(sorted(os.listdir(f"{self.run_directory}/openvpn")), [ID, f"{ID}-tcp.record"])
        self.assertEqual(os.listdir(f"{self.run_directory}/openvpn/{ID}"), ["tcp.sock"])
        self.assertEqual(self.close_server(UDP), 0)
        self.assertEqual(self.engine.close_net(ID), 0)
        self.assertFalse([pid for pid in both if alive(pid)])
        self.assertEqual(namespaces(), set())
        self.assertFalse(os.path.exists(f"{self.run_directory}/openvpn"))

    def test_close_finds_servers_of_all_links(self):
        """With the greatest number that one may have."""
        self.begin()
        for server in (TCP, 3 * 63 + TCP, 3 * 1023 + UDP):
            self.open(server)
        pids = self.pids()
        self.assertEqual(len(pids), 3)
        self.assertEqual(sorted(os.listdir(f"{self.run_directory}/openvpn/{ID}")),
                         ["tcp-63.sock", "tcp.sock", "udp-1023.sock"])
        self.assertEqual(self.engine.close_net(ID), 0)
        self.assertFalse([pid for pid in pids if alive(pid)])
        self.assertFalse(os.path.exists(f"{self.run_directory}/openvpn"))

    def test_stuck_server_is_killed(self):
        self.begin()
        self.open(UDP)
        pid = self.only_pid()
        os.kill(pid, signal.SIGSTOP)
        self.assertEqual(self.close_server(UDP), 0)
        self.assertFalse(alive(pid))

    def test_end_leaves_servers(self):
        self.begin()
        self.open(UDP)
        pid = self.only_pid()
        self.hub.send_signal(signal.SIGTERM)
        self.assertEqual(self.hub.wait(8), 0)
        self.assertTrue(alive(pid))
        self.assertEqual(self.command("--stop-tunnels").returncode, 0)
        self.assertFalse(alive(pid))

    # ---- clients ----

    def connect_client(self, server, number, name="client"):
        protocol = "udp" if server == UDP else "tcp-client"
        run("ip", "netns", "add", f"client{number}")
        self.networks.append(f"client{number}")
        run("ip", "link", "add", "eth0", "netns", f"client{number}", "type", "veth", "peer", f"up{number}", "netns",
            f"wr-{ID}")
        for where, link, address in ((f"client{number}", "eth0", "2"), (f"wr-{ID}", f"up{number}", "1")):
            run("ip", "-n", where, "addr", "add", f"198.51.100.{number * 4 + int(address)}/30", "dev", link)
            run("ip", "-n", where, "link", "set", link, "up")
        secrets = self.secrets
        client = subprocess.Popen(
            ["ip", "netns", "exec", f"client{number}", "openvpn", "--client", "--dev", "tun0", "--proto", protocol,
             "--remote", f"198.51.100.{number * 4 + 1}", str(PORT[server]), "--nobind", "--remote-cert-tls", "server",
             "--ca", secrets.path("ca.crt"), "--cert", secrets.path(f"{name}.crt"), "--key", secrets.path(f"{name}.key"),
             "--tls-crypt-v2", secrets.path("v2-client.key"), "--connect-retry", "1", "2", "--verb", "1"],
            stdout=self.log, stderr=self.log)
        self.clients.append(client)

    def pings(self, number):
        return subprocess.run(["ip", "netns", "exec", f"client{number}", "ping", "-n", "-c", "1", "-W", "1", "10.66.0.1"],
                              capture_output=True).returncode == 0

    def test_clients_connect_and_outlive_the_hub(self):
        self.begin()
        for number, server in enumerate((UDP, TCP), 1):
            self.assertEqual(self.open(server), (0, 0, 0))
            # The worker's work, done by hand.
            link = LINKS[server]
            self.inside("ip", "addr", "add", "10.66.0.1/32", "dev", link)
            self.inside("ip", "link", "set", link, "up", "mtu", "1400")
            self.inside("ip", "route", "add", f"10.66.0.{number + 1}/32", "dev", link)
            management = self.managements[-1]
            management.say("hold release")
            self.connect_client(server, number)
            management.let_in(f"10.66.0.{number + 1}")
            self.assertTrue(wait_for(lambda: self.pings(number), 10), self.log_text())
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        self.assertTrue(self.pings(1) and self.pings(2))
        self.engine.close()
        for management in self.managements:
            management.close()
        self.managements = []
        self.start()
        self.assertEqual(self.open(UDP), (0, 1, 0))
        self.managements[0].say("status 3")
        self.assertTrue(self.managements[0].hears("10.66.0.2"))
        self.assertTrue(self.pings(1) and self.pings(2))

    def test_expired_certificate_is_refused(self):
        self.begin()
        self.open(UDP)
        self.managements[0].say("hold release")
        self.connect_client(UDP, 1, "expired")
        self.assertTrue(wait_for(lambda: "UDPv4 link remote" in self.log_text(), 10), self.log_text())
        # It is not even asked about, and one with a certificate that holds is.
        self.assertFalse(self.managements[0].hears(">CLIENT:CONNECT,", 8))
        self.connect_client(UDP, 2)
        self.managements[0].let_in("10.66.0.2")

    def resident(self, pid):
        """KiB."""
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))

    def test_strangers_get_no_answer_and_cost_nothing(self):
        """Without a key of tls-crypt-v2, on either port."""
        self.begin()
        for server in (UDP, TCP):
            self.open(server)
            self.managements[-1].say("state on\nhold release")
            self.assertTrue(self.managements[-1].hears("CONNECTED,SUCCESS"))
        self.inside("ip", "link", "set", "lo", "up")
        before = len(self.log_text())
        resident = {pid: self.resident(pid) for pid in self.pids()}
        self.inside(sys.executable, "-c", """
import os, socket, time
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20000):
    udp.sendto(os.urandom(60) if i % 2 else b"\\x50" + os.urandom(90), ("127.0.0.1", 1194))
for i in range(500):
    tcp = socket.create_connection(("127.0.0.1", 1194))
    tcp.sendall(b"\\x00\\x30" + os.urandom(48))
    tcp.setblocking(False)
    try:
        assert tcp.recv(1) == b""
    except (BlockingIOError, ConnectionResetError):
        pass
    tcp.close()
time.sleep(1)
udp.setblocking(False)
try:
    raise SystemExit(f"answered with {len(udp.recv(2000))} bytes")
except BlockingIOError:
    pass
""")
        self.assertTrue(all(map(alive, self.pids())))
        grown = len(self.log_text()) - before
        print(f"20,000 packets and 500 connections of strangers wrote {grown} bytes of log", file=sys.stderr)
        self.assertLess(grown, 20000)
        for pid, kib in resident.items():
            self.assertLess(self.resident(pid) - kib, 1024)


if __name__ == "__main__":
    test_warrend.main("/usr/sbin/openvpn", "/usr/bin/openssl", "/usr/sbin/nft")
