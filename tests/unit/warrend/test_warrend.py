# SPDX-License-Identifier: GPL-2.0-or-later
"""The real warrend in a world of its own; the test plays the engine.

Usage: test_warrend.py WARREND SOURCE_ROOT
"""
import array
import ctypes
import errno
import glob
import itertools
import json
import os
import re
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

HEADER = struct.Struct("<HHIQ")
ID = "abcdefgh"
OTHER = "aaaa2222"
NET_ADMIN = 1 << 12
ROLE_DNS = 6
ROLE_WEB = 7
ROLE_HASH = 8
SKIPPED = 77


def verb_numbers(root):
    text = open(f"{root}/hub/channel/verbs.h").read()
    body = re.search(r"enum verb \{(.*?)\n\};", text, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return {name: number for number, name in enumerate(re.findall(r"VERB_(\w+)", body))}


def net_id(name):
    return name.encode().ljust(16, b"\0")


def status_of(pid):
    text = open(f"/proc/{pid}/status").read()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(question, seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.01)
    return False


def namespaces():
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in names.splitlines()}


def netns_inode(fd):
    return os.fstat(fd).st_ino


class Engine:
    """One run of the engine, played by the test."""

    def __init__(self, listener, timeout=5.0):
        listener.settimeout(timeout)
        self.control, _ = listener.accept()
        data, fds, _, _ = socket.recv_fds(self.control, 65536, 4)
        self.facts = json.loads(data)
        self.channel = socket.socket(fileno=fds[0])
        self.api = socket.socket(fileno=fds[1])
        self.channel.settimeout(5)
        self.request = 0
        self.hints = []

    def close(self):
        for end in (self.control, self.channel, self.api):
            end.close()

    def send(self, verb, body=b"", request=0, generation=0):
        self.channel.send(HEADER.pack(VERBS[verb], 0, request, generation) + body)

    def receive(self):
        data, fds, _, _ = socket.recv_fds(self.channel, 200000, 4)
        if not data:
            raise EOFError
        verb, _, request, generation = HEADER.unpack_from(data)
        name = next(n for n, v in VERBS.items() if v == verb)
        return name, request, generation, data[HEADER.size:], fds

    def call(self, verb, body=b""):
        self.request += 1
        number = self.request
        self.send(verb, body, number, 7000 + number)
        return self.answer(number)

    def answer(self, number):
        while True:
            name, request, generation, body, fds = self.receive()
            if request == number:
                assert generation == 7000 + number
                return name, body, fds
            self.hints.append((name, body))

    def hint(self, wanted):
        while True:
            for hint in self.hints:
                if hint[0] == wanted:
                    self.hints.remove(hint)
                    return hint[1]
            name, _, _, body, _ = self.receive()
            self.hints.append((name, body))

    def open_net(self, name):
        verb, body, fds = self.call("NET_OPEN", net_id(name))
        assert verb == "NET_OPENED"
        return struct.unpack("<i", body)[0], fds

    def open_wireguard(self, name, link=0):
        verb, body, fds = self.call("WIREGUARD_OPEN", struct.pack("<9sxH4x", name.encode(), link))
        assert verb == "WIREGUARD_OPENED"
        return (*struct.unpack("<iI", body), fds)

    def close_net(self, name):
        verb, body, _ = self.call("NET_CLOSE", net_id(name))
        assert verb == "ACK"
        return struct.unpack_from("<i", body)[0]

    def tell_servers(self, name, servers):
        body = struct.pack("<9s3xI", name.encode(), len(servers))
        body += b"".join(domain.encode().ljust(254, b"\0") + bytes([kind]) + bytes(17) for domain, kind in servers)
        verb, answer, _ = self.call("DNS_SERVERS", body)
        assert verb == "ACK"
        return struct.unpack_from("<i", answer)[0]

    def tell_records(self, name, block, records):
        verb, answer, _ = self.call("DNS_RECORDS", records_body(name, block, records))
        assert verb == "ACK"
        return struct.unpack_from("<i", answer)[0]

    def tell_dns(self, name, blocks, hub="10.66.0.1"):
        """The names of an instance, as a whole; no server but for acme.internal."""
        self.send("DNS_BEGIN", struct.pack("<9s5x", name.encode()) + address_bytes(hub) + address_bytes(None))
        assert self.tell_servers(name, [("acme.internal", 1)]) == 0
        for block, records in blocks.items():
            assert self.tell_records(name, block, records) == 0
        verb, answer, _ = self.call("DNS_END", net_id(name))
        assert verb == "ACK"
        return struct.unpack_from("<i", answer)[0]

    def roles(self):
        verb, body, _ = self.call("ROLES")
        assert verb == "ROLES_LIST"
        count, _ = struct.unpack_from("<II", body)
        rows = [struct.unpack_from("<III9s3xq", body, 8 + 56 * i) for i in range(count)]
        return [(role, pid, restarts, name.rstrip(b"\0").decode()) for role, pid, restarts, name, _ in rows]


def ask_wireguard(fd, text="get=1\n\n"):
    with socket.socket(fileno=os.dup(fd)) as peer:
        peer.settimeout(3)
        peer.sendall(text.encode())
        answer = b""
        while not answer.endswith(b"\n\n"):
            part = peer.recv(65536)
            if not part:
                break
            answer += part
        return answer.decode()


def worker_facts(fd):
    with socket.socket(fileno=os.dup(fd)) as channel:
        channel.settimeout(5)
        return json.loads(channel.recv(65536))


def address_bytes(text):
    return bytes([socket.AF_INET]) + socket.inet_aton(text).ljust(16, b"\0") if text else bytes(17)


def records_body(name, block, records):
    body = struct.pack("<9s3xIQ", name.encode(), len(records), block)
    for label, address in records:
        body += label.encode().ljust(254, b"\0") + address_bytes(address) + address_bytes(None)
    return body


def dns_query(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


ASK = """
import socket, struct, sys
query, over_tcp, server = bytes.fromhex(sys.argv[1]), sys.argv[2] == "True", sys.argv[3]
s = socket.socket(type=socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM)
s.settimeout(3)
s.connect((server, 53))
s.sendall(struct.pack(">H", len(query)) + query if over_tcp else query)
print(s.recv(4096)[2 if over_tcp else 0:].hex())
"""


def dig(name, question, over_tcp=False, kind=1, server="10.66.0.1"):
    """Asks in the instance's namespace: the answers as texts, or the response code when there are none."""
    said = subprocess.run(["ip", "netns", "exec", f"wr-{name}", sys.executable, "-c", ASK,
                           dns_query(question, kind).hex(), str(over_tcp), server],
                          capture_output=True, text=True, check=True).stdout
    answer = bytes.fromhex(said)
    code, count = answer[3] & 15, struct.unpack_from(">H", answer, 6)[0]
    at, found = 12 + len(dns_query(question, kind)) - 12, []
    for _ in range(count):
        length = struct.unpack_from(">H", answer, at + 10)[0]
        data = answer[at + 12:at + 12 + length]
        if kind == 1:
            found.append(socket.inet_ntoa(data))
        else:
            labels, i = [], 0
            while data[i] and data[i] < 192:
                labels.append(data[i + 1:i + 1 + data[i]].decode())
                i += data[i] + 1
            found.append(".".join(labels))
        at += 12 + length
    return found or code


class HubCase(unittest.TestCase):
    """A hub that is gone, with all it made, after each test."""

    WEB = "[web]\nenabled = no\n"

    def setUp(self):
        self.directory = tempfile.mkdtemp(dir="/run")
        os.chmod(self.directory, 0o755)
        self.state = f"{self.directory}/state"
        self.run_directory = f"{self.directory}/run"
        self.libexec = f"{self.directory}/libexec"
        os.mkdir(self.libexec)
        stand_in = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "stand_in.py")).read()
        for program in ("warren-engine", "warren-net", "warren-web", "warren-hash"):
            with open(f"{self.libexec}/{program}", "w") as file:
                file.write(f"#!{sys.executable} -IS\n{stand_in}")
            os.chmod(f"{self.libexec}/{program}", 0o755)
        self.config = f"{self.directory}/warren.conf"
        with open(self.config, "w") as file:
            file.write(f"{self.WEB}[hub]\nregion = here\n")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(f"{self.directory}/control.sock")
        self.listener.listen(8)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{self.directory}/notify.sock")
        self.notify.settimeout(5)
        self.hub = None
        self.engine = None

    def tearDown(self):
        if self.hub and self.hub.poll() is None:
            self.hub.kill()
            self.hub.wait()
        if self.engine:
            self.engine.close()
        self.assertEqual(self.command("--stop-tunnels").returncode, 0)
        self.assertEqual(namespaces(), set())
        self.assertEqual(os.listdir(f"{self.run_directory}/namespaces"), [])
        self.assertEqual(glob.glob("/run/wireguard/wrg-*"), [])
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("wrg-", links)
        self.assertFalse([p for p in glob.glob("/proc/[0-9]*/comm")
                          if self.read(p).strip() in ("wireguard-go", "openvpn") and alive(p.split("/")[2])])
        self.assertFalse(os.path.exists(f"{self.run_directory}/openvpn"))

    @staticmethod
    def read(path):
        try:
            return open(path).read()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def arguments(self):
        return [WARREND, "--config", self.config, "--state-dir", self.state, "--run-dir", self.run_directory,
                "--libexec-dir", self.libexec]

    def command(self, *more):
        return subprocess.run([*self.arguments(), *more], capture_output=True, text=True, timeout=20)

    def start(self):
        environment = {"PATH": os.environ["PATH"], "WARREN_LOG": "debug", "SECRET": "stays here",
                       "NOTIFY_SOCKET": f"{self.directory}/notify.sock"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self.log = open(f"{self.directory}/log", "a")
        self.hub = subprocess.Popen(self.arguments(), env=environment, stderr=self.log)
        self.engine = Engine(self.listener)
        return self.engine

    def next_engine(self, timeout=5.0):
        self.engine.close()
        self.engine = Engine(self.listener, timeout)
        return self.engine

    def log_text(self):
        return self.read(f"{self.directory}/log")


class WebEnd:
    """One run of warren-web, played by the test."""

    def __init__(self, listener, timeout=5.0):
        listener.settimeout(timeout)
        self.control, _ = listener.accept()
        data, fds, _, _ = socket.recv_fds(self.control, 65536, 4)
        self.facts = json.loads(data)
        self.channel = socket.socket(fileno=fds[0])
        self.channel.settimeout(5)

    def receive(self):
        data, fds, _, _ = socket.recv_fds(self.channel, 65536, 4)
        verb = HEADER.unpack_from(data)[0] if data else None
        return next((n for n, v in VERBS.items() if v == verb), None), data[HEADER.size :], fds

    def engine(self):
        """The next channel to an engine."""
        while True:
            name, _, fds = self.receive()
            if name == "WEB_ENGINE":
                return socket.socket(fileno=fds[0])
            for fd in fds:
                os.close(fd)

    def listeners(self, count):
        return [(body[20], socket.socket(fileno=fds[0])) for _, body, fds in (self.receive() for _ in range(count))]

    def close(self):
        self.control.close()
        self.channel.close()


class Web(HubCase):
    WEB = "[web]\nlisten = 127.0.0.1\nhttps_port = 8443\nhttp_port = 8080\n"

    def setUp(self):
        super().setUp()
        self.web_listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.web_listener.bind(f"{self.directory}/web.sock")
        self.web_listener.listen(8)
        # The stand-in of the test before may still hold them.
        self.assertTrue(wait_for(lambda: all(self.is_free(port) for port in (8443, 8080))))

    @staticmethod
    def is_free(port):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            return False
        return True

    def start(self, *arguments, **options):
        """An engine that is ready: then there is a warren-web."""
        engine = super().start(*arguments, **options)
        engine.send("READY")
        return engine

    def next_web(self, timeout=5.0):
        web = WebEnd(self.web_listener, timeout)
        self.addCleanup(web.close)
        return web

    @staticmethod
    def told(engine):
        """What the engine is told of the web."""
        while True:
            name, _, _, body, fds = engine.receive()
            if name.startswith("WEB_"):
                return name, body, fds
            for fd in fds:
                os.close(fd)

    def opened(self, engine):
        """The engine's next channel to a warren-web."""
        while True:
            name, _, fds = self.told(engine)
            if name == "WEB_OPENED":
                return socket.socket(fileno=fds[0])
            self.assertEqual(fds, [])

    def assert_linked(self, engines_end, webs_end):
        engines_end.send(b"hello")
        webs_end.settimeout(2)
        self.assertEqual(webs_end.recv(10), b"hello")

    def test_listeners_and_channels_are_handed_on(self):
        engine = self.start()
        web = self.next_web()
        self.assertEqual(web.facts["descriptors"], [0, 1, 2, 3])
        self.assertEqual(web.facts["arguments"][:2], ["--channel", "3"])
        (tls, https), (plain, http) = web.listeners(2)
        self.assertEqual((tls, plain), (1, 0))
        self.assertEqual((https.getsockname(), http.getsockname()), (("127.0.0.1", 8443), ("127.0.0.1", 8080)))
        self.assert_linked(self.opened(engine), web.engine())
        self.assertEqual([r[0] for r in engine.roles() if r[0] == ROLE_WEB], [ROLE_WEB])

    def test_tunnels_come_first(self):
        engine = super().start()
        self.assertFalse(self.is_free(8443) or self.is_free(8080))
        with self.assertRaises(TimeoutError):
            self.next_web(1.5)
        engine.send("READY")
        self.assert_linked(self.opened(engine), self.next_web().engine())
        # Once: a later engine finds it there.
        engine.send("READY")
        with self.assertRaises(TimeoutError):
            self.next_web(0.5)

    def test_either_may_die_alone(self):
        engine = self.start()
        web = self.next_web()
        first, ours = self.opened(engine), web.engine()
        os.kill(web.facts["pid"], signal.SIGKILL)
        web.close()
        ours.close()
        self.assertEqual(first.recv(10), b"")
        again = self.next_web()
        self.assert_linked(self.opened(engine), again.engine())
        self.assertTrue(alive(engine.facts["pid"]))
        os.kill(engine.facts["pid"], signal.SIGKILL)
        engine = self.next_engine()
        self.assert_linked(self.opened(engine), again.engine())
        self.assertTrue(alive(again.facts["pid"]))

    def test_breaking_the_rules_ends_it(self):
        engine = self.start()
        web = self.next_web()
        web.channel.send(HEADER.pack(VERBS["WEB_GONE"], 0, 1, 0))
        again = self.next_web()
        self.assertFalse(alive(web.facts["pid"]))
        engine.send("WEB_RESTART")
        # The third death in a row waits for a second.
        started = time.monotonic()
        self.next_web()
        self.assertFalse(alive(again.facts["pid"]))
        engine.send("WEB_RESTART")
        self.next_web()
        self.assertGreater(time.monotonic() - started, 0.9)

    def test_a_taken_port_is_told_and_tried_again(self):
        taken = socket.create_server(("127.0.0.1", 8443))
        engine = self.start()
        web = self.next_web()
        _, body, _ = self.told(engine)
        status = [struct.unpack_from("<i", body, 4 + 28 * i + 24)[0] for i in range(2)]
        self.assertEqual(status, [-errno.EADDRINUSE, 0])
        [(tls, _)] = web.listeners(1)
        self.assertEqual(tls, 0)
        self.opened(engine)
        taken.close()
        engine.channel.settimeout(15)
        name, body, _ = self.told(engine)
        self.assertEqual((name, struct.unpack_from("<i", body, 4 + 24)[0]), ("WEB_LISTENERS", 0))
        web.engine()
        [(tls, https)] = web.listeners(1)
        self.assertEqual((tls, https.getsockname()[1]), (1, 8443))


class Hub(HubCase):
    # ---- start ----

    def test_start_to_ready(self):
        engine = self.start()
        self.assertFalse(os.path.exists(f"{self.run_directory}/ready"))
        api = os.stat(f"{self.run_directory}/api.sock")
        self.assertEqual((stat.S_IMODE(api.st_mode), api.st_uid, api.st_gid), (0o660, 0, 64803))
        state = os.stat(self.state)
        self.assertEqual((stat.S_IMODE(state.st_mode), state.st_uid), (0o700, 64801))
        self.assertEqual(int(self.read(f"{self.run_directory}/warrend.pid")), self.hub.pid)
        engine.send("READY")
        self.assertTrue(wait_for(lambda: os.path.exists(f"{self.run_directory}/ready")))
        self.assertIn(b"READY=1", self.notify.recv(4096))
        client = socket.socket(socket.AF_UNIX)
        client.connect(f"{self.run_directory}/api.sock")
        engine.api.settimeout(2)
        engine.api.accept()[0].close()

    def test_children_get_what_is_meant_for_them(self):
        facts = self.start().facts
        self.assertEqual(facts["descriptors"], [0, 1, 2, 3, 4])
        *arguments, forwarded = facts["arguments"]
        self.assertEqual(arguments, ["--channel", "3", "--api", "4", "--state-dir", self.state, "--config", self.config,
                                     "--forwarded"])
        self.assertIn(forwarded, ("0", "1", "2", "3"))
        self.assertLessEqual(set(facts["environment"]),
                             {"PATH", "WARREN_LOG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LC_CTYPE"})
        self.assertEqual(facts["directory"], "/")
        self.assertRegex(facts["status"], r"SigBlk:\t0{16}\n")
        _, fds = self.engine.open_net(ID)
        worker = worker_facts(fds[0])
        self.assertEqual(worker["descriptors"], [0, 1, 2, 3])
        self.assertEqual(worker["arguments"], ["--channel", "3", "--id", ID])

    def test_keeps_little_itself(self):
        self.start()
        status = status_of(self.hub.pid)
        capabilities = sum(1 << n for n in (0, 1, 3, 5, 6, 7, 8, 10, 12, 21))
        self.assertEqual(int(status["CapEff"], 16), capabilities)
        self.assertEqual(int(status["CapBnd"], 16), capabilities)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    def test_second_hub_is_refused(self):
        self.start()
        second = self.command()
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"another hub already uses {self.state} (pid {self.hub.pid})", second.stderr)
        stop = self.command("--stop-tunnels")
        self.assertEqual(stop.returncode, 1)
        other_state = subprocess.run([*self.arguments(), "--state-dir", f"{self.directory}/other"],
                                     capture_output=True, text=True, timeout=20)
        self.assertEqual(other_state.returncode, 1)
        self.assertIn(f"another hub already uses {self.run_directory}", other_state.stderr)
        self.assertTrue(os.path.exists(f"{self.run_directory}/api.sock"))

    def test_bad_configuration(self):
        self.assertEqual(self.command("--check").stdout, "ok\n")
        with open(self.config, "a") as file:
            file.write("colour = blue\n")
        for mode, status in ([], 78), (["--check"], 1):
            refused = self.command(*mode)
            self.assertEqual(refused.returncode, status)
            self.assertIn(f"{self.config}:5: ", refused.stderr)
        self.assertFalse(os.path.exists(self.state))
        self.assertEqual(self.command("--colour").returncode, 2)
        self.assertEqual(self.command("more").returncode, 2)

    # ---- workers and namespaces ----

    def test_root_worker(self):
        status, fds = self.start().open_net("")
        self.assertEqual(status, 0)
        worker = worker_facts(fds[0])
        own = os.stat("/proc/self/ns/net").st_ino
        self.assertEqual((worker["netns"], netns_inode(fds[1])), (own, own))
        self.assertEqual(worker["arguments"], ["--channel", "3", "--root"])
        self.assertEqual(namespaces(), set())

    def test_instance_worker(self):
        engine = self.start()
        status, fds = engine.open_net(ID)
        self.assertEqual(status, 0)
        first = worker_facts(fds[0])
        self.assertEqual(namespaces(), {f"wr-{ID}"})
        self.assertEqual(first["netns"], netns_inode(fds[1]))
        self.assertNotEqual(first["netns"], os.stat("/proc/self/ns/net").st_ino)
        status, again = engine.open_net(ID)
        second = worker_facts(again[0])
        self.assertFalse(alive(first["pid"]))
        self.assertTrue(alive(second["pid"]))
        self.assertEqual(first["netns"], second["netns"])

    def test_namespace_made_by_others_is_adopted(self):
        engine = self.start()
        subprocess.run(["ip", "netns", "add", f"wr-{ID}"], check=True)
        inode = os.stat(f"/run/netns/wr-{ID}").st_ino
        _, fds = engine.open_net(ID)
        self.assertEqual(worker_facts(fds[0])["netns"], inode)

    def test_file_without_namespace_is_mended(self):
        engine = self.start()
        os.makedirs("/run/netns", exist_ok=True)
        open(f"/run/netns/wr-{ID}", "w").close()
        status, fds = engine.open_net(ID)
        self.assertEqual(status, 0)
        self.assertEqual(worker_facts(fds[0])["netns"], netns_inode(fds[1]))

    def test_dead_worker_is_told(self):
        engine = self.start()
        _, fds = engine.open_net(ID)
        os.kill(worker_facts(fds[0])["pid"], signal.SIGKILL)
        self.assertEqual(engine.hint("NET_GONE"), net_id(ID))
        self.assertEqual(engine.open_net(ID)[0], 0)
        self.assertEqual([r[2] for r in engine.roles() if r[3] == ID], [1])

    def test_close_leaves_nothing_and_others_alone(self):
        engine = self.start()
        _, fds = engine.open_net(ID)
        _, others = engine.open_net(OTHER)
        pid, other = worker_facts(fds[0])["pid"], worker_facts(others[0])["pid"]
        for link in (0, 1, 99, 100, 1023):
            self.assertEqual(engine.open_wireguard(ID, link)[0], 0)
        self.assertEqual(engine.open_wireguard(OTHER, 1023)[0], 0)
        wireguards = [r[1] for r in engine.roles() if r[0] == 4 and r[3] == ID]
        self.assertEqual(len(wireguards), 5)
        self.assertEqual(engine.close_net(ID), 0)
        self.assertEqual(namespaces(), {f"wr-{OTHER}"})
        self.assertEqual(os.listdir(f"{self.run_directory}/namespaces"), [OTHER])
        self.assertFalse(alive(pid) or any(map(alive, wireguards)))
        self.assertEqual(glob.glob("/run/wireguard/wrg-*"), [f"/run/wireguard/wrg-{OTHER}-zn.sock"])
        self.assertTrue(alive(other))
        self.assertEqual(engine.close_net(ID), 0)

    def test_closed_namespace_carries_nothing_while_the_kernel_still_has_it(self):
        engine = self.start()
        self.assertEqual(engine.open_net(ID)[0], 0)
        inside = ["ip", "netns", "exec", f"wr-{ID}"]
        subprocess.run([*inside, "ip", "link", "add", "wg0", "type", "veth", "peer", "name", "far"], check=True)
        for link in ("wg0", "far"):
            subprocess.run([*inside, "ip", "link", "set", link, "up"], check=True)
        # Somebody who keeps it, and tells once a line comes whether the link carries.
        look = "echo in; read -r line; cat /sys/class/net/far/carrier"
        keeper = subprocess.Popen(
            [*inside, "sh", "-c", look], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.assertEqual(keeper.stdout.readline(), "in\n")
        self.assertEqual(engine.close_net(ID), 0)
        self.assertEqual(namespaces(), set())
        self.assertEqual(keeper.communicate("look\n", timeout=10)[0], "0\n")

    def test_many_closings_do_not_hold_the_loop(self):
        engine = self.start()
        ids = [f"many222{letter}" for letter in "abcdefghijklmnopqrst"]
        for name in ids:
            self.assertEqual(engine.open_net(name)[0], 0)
        for number, name in enumerate(ids, 900):
            engine.send("NET_CLOSE", net_id(name), number, 7000 + number)
        before = time.monotonic()
        engine.roles()
        spent = time.monotonic() - before
        self.assertTrue(wait_for(lambda: namespaces() == set()))
        closed = time.monotonic() - before
        print(f"roles answered in {spent * 1000:.0f} ms, {len(ids)} closings before it took {closed * 1000:.0f} ms", file=sys.stderr)
        self.assertLess(spent, 5)

    # ---- wireguard-go ----

    def test_wireguard_is_started_and_found_again(self):
        engine = self.start()
        status, adopted, fds = engine.open_wireguard(ID)
        self.assertEqual((status, adopted), (0, 0))
        self.assertIn("errno=0", ask_wireguard(fds[0]))
        self.assertIn(f"wrg-{ID}", os.listdir("/sys/class/net"))
        [pid] = [r[1] for r in engine.roles() if r[0] == 4]
        status, adopted, _ = engine.open_wireguard(ID)
        self.assertEqual((status, adopted), (0, 1))
        self.assertEqual([r[1] for r in engine.roles() if r[0] == 4], [pid])
        facts = status_of(pid)
        self.assertEqual(int(facts["CapEff"], 16), NET_ADMIN)
        self.assertEqual(int(facts["CapBnd"], 16), NET_ADMIN)
        self.assertEqual((facts["NoNewPrivs"], facts["Seccomp"]), ("1", "2"))
        held = {os.readlink(p) for p in glob.glob(f"/proc/{pid}/fd/*")}
        self.assertFalse([p for p in held if self.state in p or self.run_directory in p])
        self.assertEqual(os.getsid(pid), pid)

    def test_dead_wireguard_is_told_and_started_again(self):
        engine = self.start()
        engine.open_wireguard(ID)
        [pid] = [r[1] for r in engine.roles() if r[0] == 4]
        os.kill(pid, signal.SIGKILL)
        before = time.monotonic()
        self.assertEqual(engine.hint("WIREGUARD_GONE"), net_id(ID))
        status, adopted, fds = engine.open_wireguard(ID)
        print(f"wireguard-go killed, told and open again in {(time.monotonic() - before) * 1000:.0f} ms",
              file=sys.stderr)
        self.assertEqual((status, adopted), (0, 0))
        self.assertIn("errno=0", ask_wireguard(fds[0]))

    def test_wireguard_outlives_the_hub(self):
        engine = self.start()
        _, fds = engine.open_net(ID)
        engine.open_wireguard(ID)
        [pid] = [r[1] for r in engine.roles() if r[0] == 4]
        [worker] = [r[1] for r in engine.roles() if r[0] == 3]
        inode = os.stat(f"/run/netns/wr-{ID}").st_ino
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        engine.close()
        os.close(fds[0])
        self.assertTrue(wait_for(lambda: not alive(worker)))
        self.assertTrue(alive(pid))
        self.assertEqual(namespaces(), {f"wr-{ID}"})
        engine = self.start()
        self.assertEqual(engine.open_wireguard(ID)[:2], (0, 1))
        self.assertEqual([r[1] for r in engine.roles() if r[0] == 4], [pid])
        _, fds = engine.open_net(ID)
        self.assertEqual(worker_facts(fds[0])["netns"], inode)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(engine.hint("WIREGUARD_GONE"), net_id(ID))

    def test_wireguard_of_an_earlier_hub_is_stopped_unseen(self):
        engine = self.start()
        engine.open_wireguard(ID)
        [pid] = [r[1] for r in engine.roles() if r[0] == 4]
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        engine.close()
        engine = self.start()
        verb, body, _ = engine.call("WIREGUARD_CLOSE", net_id(ID))
        self.assertEqual((verb, struct.unpack_from("<i", body)[0]), ("ACK", 0))
        self.assertFalse(alive(pid))
        self.assertFalse(os.path.exists(f"/run/wireguard/wrg-{ID}.sock"))

    def test_stuck_wireguard_is_killed(self):
        engine = self.start()
        engine.open_wireguard(ID)
        [pid] = [r[1] for r in engine.roles() if r[0] == 4]
        os.kill(pid, signal.SIGSTOP)
        before = time.monotonic()
        verb, body, _ = engine.call("WIREGUARD_CLOSE", net_id(ID))
        self.assertEqual(struct.unpack_from("<i", body)[0], 0)
        self.assertGreater(time.monotonic() - before, 1.8)
        self.assertFalse(alive(pid))

    # ---- the engine's end ----

    def test_dead_engine_is_started_again_with_back_off(self):
        engine = self.start()
        engine.send("READY")
        self.assertTrue(wait_for(lambda: os.path.exists(f"{self.run_directory}/ready")))
        _, fds = engine.open_net(ID)
        worker = worker_facts(fds[0])["pid"]
        waits = []
        for _ in range(3):
            os.kill(self.engine.facts["pid"], signal.SIGKILL)
            before = time.monotonic()
            self.next_engine()
            waits.append(time.monotonic() - before)
        self.assertFalse(alive(worker))
        self.assertFalse(os.path.exists(f"{self.run_directory}/ready"))
        self.assertEqual(namespaces(), {f"wr-{ID}"})
        self.assertGreater(waits[2], waits[0] + 0.2)
        self.assertGreaterEqual(waits[0], 0.1)
        [restarts] = [r[2] for r in self.engine.roles() if r[0] == 1]
        self.assertEqual(restarts, 3)

    def test_answers_of_an_old_run_are_dropped(self):
        engine = self.start()
        engine.send("WIREGUARD_OPEN", net_id(ID), 55, 1)
        os.kill(engine.facts["pid"], signal.SIGKILL)
        engine = self.next_engine()
        self.assertEqual(engine.open_wireguard(ID)[:2][0], 0)
        self.assertEqual([hint for hint in engine.hints if hint[0] not in ("HASH_OPENED", "WEB_OPENED", "WEB_LISTENERS")], [])

    def hash_role(self):
        """The pid of warren-hash and how often it was started again, once it runs."""
        found = []
        self.assertTrue(wait_for(lambda: found.extend(r[1:3] for r in self.engine.roles() if r[0] == ROLE_HASH) or found))
        return found[0]

    def test_hash_is_started_again_and_goes_with_the_engine(self):
        engine = self.start()
        engine.hint("HASH_OPENED")
        pid, restarts = self.hash_role()
        self.assertEqual(restarts, 0)
        for again in (1, 2):
            os.kill(pid, signal.SIGKILL)
            engine.hint("HASH_OPENED")
            old, (pid, restarts) = pid, self.hash_role()
            self.assertNotEqual(pid, old)
            self.assertEqual(restarts, again)
        # The third death within ten seconds costs a wait.
        os.kill(pid, signal.SIGKILL)
        before = time.monotonic()
        engine.hint("HASH_OPENED")
        self.assertGreater(time.monotonic() - before, 0.8)
        pid, _ = self.hash_role()
        os.kill(engine.facts["pid"], signal.SIGKILL)
        self.next_engine().hint("HASH_OPENED")
        self.assertFalse(alive(pid))
        self.assertTrue(alive(self.hash_role()[0]))

    def test_broken_rules_end_the_engine(self):
        engine = self.start()
        _, fds = engine.open_net(ID)
        worker = worker_facts(fds[0])["pid"]
        hostile = [
            lambda e: e.send("NET_OPEN", net_id("../../x")),
            lambda e: e.send("NET_CLOSE", net_id("")),
            lambda e: e.send("NET_OPEN", b"abcdefghi" + b"\0" * 7),
            lambda e: e.send("NET_OPEN", net_id(ID)[:-1]),
            lambda e: e.send("NET_OPENED", b"\0" * 4),
            lambda e: e.channel.send(b"short"),
            lambda e: e.channel.send(HEADER.pack(60000, 0, 1, 1)),
            lambda e: socket.send_fds(e.channel, [HEADER.pack(VERBS["READY"], 0, 0, 0)], [0]),
        ]
        for attack in hostile[:4]:
            pid = self.engine.facts["pid"]
            attack(self.engine)
            self.next_engine(10)
            self.assertFalse(alive(pid))
        self.assertFalse(alive(worker))
        self.assertEqual(namespaces(), {f"wr-{ID}"})
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.wait()
        for attack in hostile[4:]:
            self.start()
            pid = self.engine.facts["pid"]
            attack(self.engine)
            self.next_engine(10)
            self.assertFalse(alive(pid))
            os.kill(self.hub.pid, signal.SIGKILL)
            self.hub.wait()

    def test_flood_of_ids_is_bounded(self):
        engine = self.start()
        # Each fails early, which makes it fast; what was asked for is remembered all the same.
        os.rmdir(f"{self.run_directory}/namespaces")
        ids = ["".join(letters) + "aaaaa" for letters in itertools.product("abcdefghijklm", repeat=3)]
        for ask in (engine.open_net, engine.open_wireguard):
            answers = [ask(name)[0] for name in ids]
            self.assertEqual(set(answers[:2048]), {-errno.ENOENT})
            self.assertEqual(set(answers[2048:]), {-errno.ENOSPC})
        self.assertEqual(engine.close_net(ids[0]), 0)
        self.assertEqual(engine.open_net(ids[-1])[0], -errno.ENOENT)

    # ---- signals ----

    def test_reload(self):
        engine = self.start()
        engine.send("READY")
        self.notify.recv(4096)
        self.hub.send_signal(signal.SIGHUP)
        self.assertEqual(engine.hint("RELOAD"), b"")
        self.assertIn(b"RELOADING=1", self.notify.recv(4096))
        self.assertIn(b"READY=1", self.notify.recv(4096))

    # ---- dnsmasq ----

    def open_dns(self, engine, name=ID):
        """An instance's namespace with the hub's address in it."""
        _, fds = engine.open_net(name)
        for fd in fds:
            os.close(fd)
        for words in (["link", "set", "lo", "up"], ["addr", "add", "10.66.0.1/32", "dev", "lo"]):
            subprocess.run(["ip", "-n", f"wr-{name}", *words], check=True)

    def dns_pid(self, engine):
        pids = [pid for role, pid, _, _ in engine.roles() if role == ROLE_DNS]
        return pids[0] if pids else None

    def test_dns_serves(self):
        engine = self.start()
        self.open_dns(engine)
        self.assertEqual(engine.tell_dns(ID, {0: [("laptop.acme.internal", "10.66.0.2")]}), 0)
        pid = self.dns_pid(engine)
        status = status_of(pid)
        self.assertEqual(status["Uid"].split(), ["64805"] * 4)
        self.assertEqual(status["Gid"].split(), ["64805"] * 4)
        self.assertEqual({status[name].strip() for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")},
                         {"0" * 16})
        self.assertEqual((status["NoNewPrivs"].strip(), status["Seccomp"].strip()), ("1", "2"))
        self.assertNotIn("SECRET", self.read(f"/proc/{pid}/environ"))
        self.assertEqual(netns_inode(os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)),
                         os.stat(f"/run/netns/wr-{ID}").st_ino)
        for over_tcp in (False, True):
            self.assertEqual(dig(ID, "laptop.acme.internal", over_tcp), ["10.66.0.2"])
        self.assertEqual(dig(ID, "2.0.66.10.in-addr.arpa", kind=12), ["laptop.acme.internal"])
        self.assertEqual(dig(ID, "nobody.acme.internal"), 3)
        self.assertEqual(dig(ID, "example.org"), 5)
        # Nobody else reads the names.
        directory = os.stat(f"{self.run_directory}/dns/{ID}")
        self.assertEqual((stat.S_IMODE(directory.st_mode), directory.st_uid, directory.st_gid), (0o750, 0, 64805))

    def test_dns_follows_changes(self):
        engine = self.start()
        self.open_dns(engine)
        self.assertEqual(engine.tell_dns(ID, {0: [("a.acme.internal", "10.66.0.2")], 1: [("b.acme.internal", "10.66.0.18")]}), 0)
        pid = self.dns_pid(engine)
        self.assertEqual(engine.tell_records(ID, 1, [("c.acme.internal", "10.66.0.18")]), 0)
        self.assertTrue(wait_for(lambda: dig(ID, "c.acme.internal") == ["10.66.0.18"]))
        self.assertEqual(dig(ID, "b.acme.internal"), 3)
        self.assertEqual(engine.tell_records(ID, 1, []), 0)
        self.assertTrue(wait_for(lambda: dig(ID, "c.acme.internal") == 3))
        # All told anew: what is not told is gone, and the process is the same.
        self.assertEqual(engine.tell_dns(ID, {5: [("d.acme.internal", "10.66.0.82")]}), 0)
        self.assertTrue(wait_for(lambda: dig(ID, "d.acme.internal") == ["10.66.0.82"]))
        self.assertTrue(wait_for(lambda: dig(ID, "a.acme.internal") == 3))
        self.assertEqual(self.dns_pid(engine), pid)
        # Servers are read again at once.
        self.assertEqual(engine.tell_servers(ID, [("d.acme.internal", 1)]), 0)
        self.assertTrue(wait_for(lambda: dig(ID, "x.acme.internal") == 5))

    def test_dns_ends_and_is_told(self):
        engine = self.start()
        self.open_dns(engine)
        self.assertEqual(engine.tell_dns(ID, {}), 0)
        os.kill(self.dns_pid(engine), signal.SIGKILL)
        self.assertEqual(engine.hint("DNS_GONE"), net_id(ID))
        self.assertIsNone(self.dns_pid(engine))
        self.assertEqual(engine.tell_dns(ID, {0: [("a.acme.internal", "10.66.0.2")]}), 0)
        self.assertEqual(dig(ID, "a.acme.internal"), ["10.66.0.2"])

    def test_dns_is_adopted(self):
        engine = self.start()
        self.open_dns(engine)
        self.assertEqual(engine.tell_dns(ID, {0: [("a.acme.internal", "10.66.0.2")]}), 0)
        pid = self.dns_pid(engine)
        self.hub.kill()
        self.hub.wait()
        self.engine.close()
        self.assertEqual(dig(ID, "a.acme.internal"), ["10.66.0.2"])
        engine = self.start()
        self.assertEqual(engine.tell_dns(ID, {0: [("b.acme.internal", "10.66.0.2")]}), 0)
        self.assertEqual(self.dns_pid(engine), pid)
        self.assertTrue(wait_for(lambda: dig(ID, "b.acme.internal") == ["10.66.0.2"]))
        # One that listens elsewhere is replaced.
        subprocess.run(["ip", "-n", f"wr-{ID}", "addr", "add", "10.66.9.1/32", "dev", "lo"], check=True)
        self.assertEqual(engine.tell_dns(ID, {0: [("b.acme.internal", "10.66.9.2")]}, hub="10.66.9.1"), 0)
        self.assertNotEqual(self.dns_pid(engine), pid)
        self.assertEqual(dig(ID, "b.acme.internal", server="10.66.9.1"), ["10.66.9.2"])
        # Adopted only to be closed.
        self.hub.kill()
        self.hub.wait()
        self.engine.close()
        engine = self.start()
        self.assertEqual(engine.close_net(ID), 0)
        self.assertFalse(os.path.exists(f"{self.run_directory}/dns/{ID}"))

    def test_dns_cannot_start(self):
        engine = self.start()
        self.open_dns(engine)
        holder = subprocess.Popen(["ip", "netns", "exec", f"wr-{ID}", sys.executable, "-c",
                                   "import socket,time; s=socket.socket(type=socket.SOCK_DGRAM); "
                                   "s.bind(('10.66.0.1',53)); print(flush=True); time.sleep(60)"],
                                  stdout=subprocess.PIPE)
        try:
            holder.stdout.readline()
            self.assertLess(engine.tell_dns(ID, {}), 0)
        finally:
            holder.kill()
            holder.wait()
            holder.stdout.close()
        self.assertEqual(engine.tell_dns(ID, {}), 0)

    def test_dns_names_are_checked(self):
        engine = self.start()
        self.open_dns(engine)
        engine.send("DNS_RECORDS", records_body(ID, 0, [("a\nserver=192.0.2.1", "10.66.0.2")]), 5)
        self.next_engine()
        self.assertIn("a name is none", self.log_text())

    def test_end_leaves_tunnels(self):
        engine = self.start()
        engine.send("READY")
        engine.open_net("")
        engine.open_net(ID)
        engine.open_wireguard(ID)
        roles = {r[0]: r[1] for r in engine.roles()}
        self.assertEqual(set(roles), {0, 1, 2, 3, 4, ROLE_HASH})
        self.assertEqual(roles[0], self.hub.pid)
        self.hub.send_signal(signal.SIGTERM)
        self.assertEqual(self.hub.wait(8), 0)
        self.assertFalse(alive(roles[1]) or alive(roles[2]) or alive(roles[3]))
        self.assertTrue(alive(roles[4]))
        self.assertEqual(namespaces(), {f"wr-{ID}"})
        self.assertEqual(sorted(os.listdir(self.run_directory)), ["dns", "forwarded", "lock", "namespaces"])

    def test_stop_tunnels_takes_all_down(self):
        engine = self.start()
        engine.open_net(ID)
        engine.open_net(OTHER)
        for link in (0, 63, 1023):
            engine.open_wireguard(ID, link)
        wireguards = [r[1] for r in engine.roles() if r[0] == 4]
        subprocess.run(["nft", "add table inet warren"], check=True)
        subprocess.run(["nft", "add table inet someone"], check=True)
        subprocess.run(["ip", "netns", "add", "someone"], check=True)
        self.hub.send_signal(signal.SIGTERM)
        self.assertEqual(self.hub.wait(8), 0)
        self.assertEqual([alive(pid) for pid in wireguards], [True] * 3)
        self.assertEqual(self.command("--stop-tunnels").returncode, 0)
        self.assertEqual([alive(pid) for pid in wireguards], [False] * 3)
        self.assertEqual(namespaces(), {"someone"})
        tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
        self.assertEqual(tables.split("\n"), ["table inet someone", ""])
        subprocess.run(["ip", "netns", "del", "someone"], check=True)
        subprocess.run(["nft", "delete table inet someone"], check=True)


# ---- a world of its own ----

def enter_world():
    """Mounts, network and processes of our own: nothing of the machine's is touched."""
    inside = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child",
              "--propagation", "private", sys.executable, *sys.argv]
    return subprocess.run(inside, env={**os.environ, "WARREN_WORLD": "1"}).returncode


def furnish_world():
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source, target, kind, flags=0):
        if libc.mount(source, target, kind, flags, None) != 0:
            raise OSError(ctypes.get_errno(), target)

    mount(b"tmpfs", b"/run", b"tmpfs")
    mount(b"sysfs", b"/sys", b"sysfs")
    users = "".join(f"{line}\n" for line in (
        "root:x:0:0:root:/root:/bin/sh",
        "warren-engine:x:64801:64801::/:/usr/sbin/nologin",
        "warren-net:x:64802:64802::/:/usr/sbin/nologin",
        "warren-openvpn:x:64804:64804::/:/usr/sbin/nologin",
        "warren-dns:x:64805:64805::/:/usr/sbin/nologin",
        "warren-hash:x:64807:64807::/:/usr/sbin/nologin"))
    for name, text in (("passwd", users), ("group", "root:x:0:\nwarren:x:64803:\n")):
        with open(f"/run/{name}", "w") as file:
            file.write(text)
        mount(f"/run/{name}".encode(), f"/etc/{name}".encode(), b"", 4096)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def main(*programs):
    """The tests of the file that was started, with the programs they need."""
    global WARREND, VERBS
    WARREND, root = (os.path.abspath(path) for path in sys.argv[1:3])
    if os.geteuid() != 0:
        print("skipped: makes namespaces, which needs root")
        sys.exit(SKIPPED)
    for program in programs:
        if not os.path.exists(program):
            print(f"skipped: {program} is not installed")
            sys.exit(SKIPPED)
    if "WARREN_WORLD" not in os.environ:
        sys.exit(enter_world())
    VERBS = verb_numbers(root)
    furnish_world()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, warnings="ignore")


if __name__ == "__main__":
    main("/usr/bin/wireguard-go", "/usr/sbin/nft")
