# SPDX-License-Identifier: GPL-2.0-or-later
"""What the web says to browsers, to those who mean harm, and while its neighbours die."""

import base64
import contextlib
import hashlib
import os
import pathlib
import re
import signal
import socket
import ssl
import threading
import time

import hub
import net
import pytest
import web_client
from hub import wait_until, warren
from web_client import Client, Closed, ask

STATUS = "/api/v1/status"


def _pid(name):
    [pid] = hub.processes(name)
    return pid


# ---- what is there ----


def test_the_certificate_is_the_one_that_the_hub_tells_of(hub):
    with Client() as client:
        shown = hashlib.sha256(client.socket.getpeercert(True)).hexdigest().upper()
        assert client.socket.version() == "TLSv1.3"
    assert warren("status")["web"]["certificate"]["fingerprint"].replace(":", "") == shown


def test_the_page(hub):
    with Client() as client:
        page = client.ask("GET", "/")
        assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert page.headers["referrer-policy"] == "no-referrer"
        # A place in the page is the page; a file that is not there is not.
        assert client.ask("GET", "/instances/abc/peers").body == page.body
        assert client.ask("GET", "/not-there.js").status == 404
        head = client.ask("HEAD", "/")
        assert (head.status, head.headers["content-length"], head.body) == (200, str(len(page.body)), b"")
        known = client.ask("GET", "/", headers={"If-None-Match": page.headers["etag"]})
        assert (known.status, known.body) == (304, b"")
        assert client.ask("POST", "/", {}).status == 405


def test_http_leads_to_https(hub):
    with Client(port=80, tls=False) as client:
        answer = client.ask("GET", "/instances?a=b")
        assert (answer.status, answer.headers["location"]) == (308, "https://127.0.0.1/instances?a=b")
        assert "strict-transport-security" not in answer.headers and "set-cookie" not in answer.headers
        assert client.ended()
    for host, location in (("hub.example:80", "hub.example"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")):
        with Client(port=80, tls=False) as client:
            client.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert client.answer().headers["location"] == f"https://{location}/"


def test_nobody_is_let_in_without_a_credential(hub):
    for headers in (
        {},
        {"Authorization": "Bearer wrn_nonsense"},
        {"Authorization": "Basic cm9vdDpyb290"},
        {"Cookie": "__Host-warren=" + "A" * 43},
        {"Cookie": "__Host-warren=short"},
    ):
        answer = ask("GET", STATUS, headers=headers)
        assert (answer.status, answer.json["status"]) == (401, 401)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
    assert ask("GET", "/api/v1/no-such-thing").status == 404
    assert ask("GET", "/api/v1/events", headers={"Accept": "text/event-stream"}).status == 401


# ---- what is refused ----

HOST = b"Host: 127.0.0.1\r\n"
SMUGGLED = b"GET /smuggled.js HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /api/v1/session HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
SHAPES = {
    "both lengths": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
    "both lengths, turned": (400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED),
    "two lengths": (400, POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + SMUGGLED),
    "two equal lengths": (400, POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED),
    "a list of lengths": (400, POST + b"Content-Length: 2, 2\r\n\r\n{}" + SMUGGLED),
    "a space before the colon": (400, POST + b"Content-Length : 44\r\n\r\n" + SMUGGLED),
    "a signed length": (400, POST + b"Content-Length: +2\r\n\r\n{}" + SMUGGLED),
    "a length in hex": (400, POST + b"Content-Length: 0x2\r\n\r\n{}" + SMUGGLED),
    "a body of GET": (400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 44\r\n\r\n" + SMUGGLED),
    "chunks": (411, POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + SMUGGLED),
    "chunks with extensions": (411, POST + b"Transfer-Encoding: chunked\r\n\r\n2;a=\n\r\n{}\r\n0\r\n\r\n" + SMUGGLED),
    "chunks in disguise": (411, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
    "chunks, with a tab": (400, POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
    "a folded line": (400, POST + b"X: a\r\n Content-Length: 44\r\n\r\n" + SMUGGLED),
    "a folded first line": (400, b"GET / HTTP/1.1\r\n X: a\r\n" + HOST + b"\r\n" + SMUGGLED),
    "bare line feeds": (400, b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n" + SMUGGLED),
    "one bare line feed": (400, POST + b"X: a\nContent-Length: 44\r\n\r\n" + SMUGGLED),
    "a bare carriage return": (400, POST + b"X: a\rContent-Length: 44\r\n\r\n" + SMUGGLED),
    "a zero byte in a header": (400, POST + b"X: a\0b\r\n\r\n" + SMUGGLED),
    "a zero byte in the path": (400, b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "two hosts": (400, b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n" + SMUGGLED),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n" + SMUGGLED),
    "a host with a path": (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" + SMUGGLED),
    "an absolute target": (400, b"GET https://127.0.0.1/ HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "CONNECT": (405, b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "TRACE": (405, b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "PUT": (405, b"PUT /api/v1/status HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}" + SMUGGLED),
    "small letters": (405, b"get / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "an empty line first": (400, b"\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "two spaces": (400, b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "no version": (400, b"GET /\r\n\r\n" + SMUGGLED),
    "HTTP/2 without asking": (405, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "another version": (505, b"GET / HTTP/1.2\r\n" + HOST + b"\r\n" + SMUGGLED),
    "no HTTP": (400, b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\n"),
    "an expectation": (417, POST + b"Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED),
    "two cookies": (400, b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: a=b\r\nCookie: a=b\r\n\r\n" + SMUGGLED),
    "a long path": (414, b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    "a long header": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20000 + b"\r\n\r\n" + SMUGGLED),
    "many headers": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 200 + b"\r\n" + SMUGGLED),
    "a long body": (413, POST + b"Content-Length: 200000\r\n\r\n" + b"a" * 60000),
    "a body without an end": (413, POST + b"Content-Length: 18446744073709551615\r\n\r\n{}" + SMUGGLED),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_what_is_ambiguous_ends_the_connection(hub, shape, tls):
    """Refused once, and nothing behind it is taken for another request."""
    status, data = SHAPES[shape]
    with Client(port=443 if tls else 80, tls=tls) as client:
        client.send(data)
        answer = client.answer()
        assert answer.status == status and answer.headers["connection"] == "close"
        assert client.ended()


# Known to be wrong when the whole head is there: the connection is still in order.
TRICKS = {
    "up": "/../etc/passwd",
    "up, escaped": "/%2e%2e/%2e%2e/etc/passwd",
    "up within the API": "/api/v1/instances/../status",
    "here": "/./",
    "nothing between": "//",
    "nothing between, in the API": "/api//v1/status",
    "a zero byte": "/index.html%00.js",
    "a new line": "/%0d%0aSet-Cookie:%20a=b",
    "half an escape": "/%2",
    "no escape": "/%zz",
    "no UTF-8": "/%ff%fe",
    "overlong": "/%c0%ae%c0%ae/",
    "a query with a new line": "/?a=%0a",
    "a query with a zero byte": "/api/v1/status?a=%00",
    "a query without a name": "/api/v1/status?=a",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_with_paths_are_refused(hub, trick):
    with Client() as client:
        assert client.ask("GET", TRICKS[trick]).status == 400
        assert client.ask("GET", "/").status == 200


def test_requests_may_follow_without_waiting(hub):
    with Client() as client:
        one = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
        other = b"GET /api/v1/status HTTP/1.1\r\n" + HOST + b"\r\n"
        client.send((one + other) * 50)
        assert [client.answer().status for _ in range(100)] == [200, 401] * 50
        for byte in one:
            client.send(bytes([byte]))
        assert client.answer().status == 200


def test_another_sites_page_is_refused(hub):
    cookie = {"Cookie": "__Host-warren=" + "A" * 43}
    for headers in (
        cookie,
        {**cookie, "Sec-Fetch-Site": "cross-site"},
        {**cookie, "Sec-Fetch-Site": "same-site"},
        {**cookie, "Origin": "https://evil.example"},
        {**cookie, "Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert ask("POST", "/api/v1/instances", {}, headers).status == 403
    for headers in ({**cookie, "Sec-Fetch-Site": "same-origin"}, {**cookie, "Origin": "https://127.0.0.1"}, {}):
        assert ask("POST", "/api/v1/instances", {}, headers).status == 401
    with Client() as client:
        client.send(b"POST /api/v1/instances HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}")
        assert client.answer().status == 415


# ---- too slow, too many ----


def _seconds_until_ended(client, byte=None):
    started = time.monotonic()
    client.socket.settimeout(1)
    while time.monotonic() - started < 60:
        try:
            if byte:
                client.send(byte)
            if not client.socket.recv(4096):
                break
        except TimeoutError:
            continue
        except (OSError, ssl.SSLError):
            break
    return time.monotonic() - started


def test_slow_clients_do_not_stay(hub):
    """However they are slow: each has its time."""
    head = b"GET / HTTP/1.1\r\n" + HOST
    silent = socket.create_connection((web_client.HOST, 443))
    slow = {
        "no handshake": (socket.create_connection((web_client.HOST, 443)), None),
        "no request": (Client().socket, None),
        "a head byte by byte": (Client().socket, b"a"),
        "a head that stops": (Client().socket, None),
        "a body byte by byte": (Client().socket, b" "),
        "plain": (socket.create_connection((web_client.HOST, 80)), b"G"),
    }
    slow["a head byte by byte"][0].sendall(head + b"X: ")
    slow["a head that stops"][0].sendall(head)
    slow["a body byte by byte"][0].sendall(POST + b"Content-Length: 1000\r\n\r\n")
    lasted = {}

    class Holder:
        def __init__(self, held):
            self.socket, self.send = held, held.sendall

    def watch(name, held, byte):
        lasted[name] = _seconds_until_ended(Holder(held), byte)

    threads = [threading.Thread(target=watch, args=(name, *what)) for name, what in slow.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    silent.close()
    assert all(seconds < 40 for seconds in lasted.values()), lasted


def _sockets(pid):
    count = 0
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += os.readlink(path).startswith("socket:")
    return count


def test_thousands_of_idle_connections_leave_room(hub, measured):
    """From the very address that an admin comes from."""
    idle = []
    with contextlib.ExitStack() as stack:
        admin = stack.enter_context(Client())
        for _ in range(2000):
            with contextlib.suppress(OSError):
                idle.append(stack.enter_context(socket.create_connection((web_client.HOST, 443), 5)))
        # As many as the settings say of one address, and no more.
        [most] = [int(each["value"]) for each in warren("settings", "list")["items"] if each["name"] == "web.address_connections"]
        assert wait_until(lambda: _sockets(_pid("warren-web")) <= most + 20, 10), _sockets(_pid("warren-web"))
        assert most - 20 < _sockets(_pid("warren-web")) and len(idle) > most
        longest = 0
        for number in range(20):
            started = time.monotonic()
            # One who was there before, and one who comes now.
            try:
                assert admin.ask("GET", STATUS).status == 401
            except (Closed, BrokenPipeError, ConnectionResetError):
                admin = stack.enter_context(Client())
                assert admin.ask("GET", STATUS).status == 401
            assert ask("GET", STATUS).status == 401
            longest = max(longest, time.monotonic() - started)
        assert longest < 5 * net.SLOW
        measured(f"with {len(idle)} idle connections from one address, the slowest of 20 requests took {longest * 1000:.0f} ms")


def test_an_answer_that_is_not_read_does_not_stay(hub):
    """Pipelined without reading: the hub stops to read, and ends it in its time."""
    with Client() as client:
        client.socket.settimeout(2)
        one = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
        sent = 0
        with contextlib.suppress(TimeoutError, OSError):
            for _ in range(100000):
                client.socket.sendall(one * 50)
                sent += 50
        assert sent < 100000 * 50
        assert ask("GET", "/").status == 200


# ---- while its neighbours die ----


def _answered(clients, answers):
    """Moves those that have an answer by now out of the clients, to their answers."""
    for client in list(clients):
        client.socket.settimeout(0.005)
        with contextlib.suppress(TimeoutError):
            answers.append(client.answer())
            clients.remove(client)
    return answers


def test_requests_in_flight_are_bounded(hub):
    engine = _pid("warren-engine")
    clients = []
    os.kill(engine, signal.SIGSTOP)
    try:
        with contextlib.ExitStack() as stack:
            for _ in range(140):
                client = stack.enter_context(Client())
                client.send(b"GET /api/v1/status HTTP/1.1\r\n" + HOST + b"\r\n")
                clients.append(client)
            refused = []
            assert wait_until(lambda: len(_answered(clients, refused)) >= 12, 10)
            assert [answer.status for answer in refused] == [429] * 12
            assert int(refused[0].headers["retry-after"]) > 0
            # Files do not need the engine.
            assert ask("GET", "/").status == 200
            os.kill(engine, signal.SIGCONT)
            answers = []
            assert wait_until(lambda: len(_answered(clients, answers)) >= 128, 10)
            assert [answer.status for answer in answers] == [401] * 128
    finally:
        os.kill(engine, signal.SIGCONT)


def test_requests_in_flight_are_bounded_over_all_addresses(hub):
    engine = _pid("warren-engine")
    clients, refused, answers = [], [], []
    os.kill(engine, signal.SIGSTOP)
    try:
        with contextlib.ExitStack() as stack:
            for number in range(560):
                client = stack.enter_context(Client(source=f"127.0.4.{number // 100 + 1}"))
                client.send(b"GET /api/v1/status HTTP/1.1\r\n" + HOST + b"\r\n")
                clients.append(client)
            assert wait_until(lambda: len(_answered(clients, refused)) >= 48, 20), len(refused)
            assert [answer.status for answer in refused] == [503] * 48
            os.kill(engine, signal.SIGCONT)
            assert wait_until(lambda: len(_answered(clients, answers)) >= 512, 20)
            assert [answer.status for answer in answers] == [401] * 512
    finally:
        os.kill(engine, signal.SIGCONT)


def test_a_dead_engine_is_told_of(hub):
    web, engine = _pid("warren-web"), _pid("warren-engine")
    with Client() as waiting, Client() as client:
        os.kill(engine, signal.SIGSTOP)
        waiting.send(b"GET /api/v1/status HTTP/1.1\r\n" + HOST + b"\r\n")
        time.sleep(0.2)
        os.kill(engine, signal.SIGKILL)
        answer = waiting.answer()
        assert (answer.status, answer.json["status"]) == (503, 503) and int(answer.headers["retry-after"]) > 0
        assert waiting.ask("GET", "/").status == 200
        assert wait_until(lambda: client.ask("GET", STATUS).status == 401, 10)
    assert _pid("warren-web") == web
    assert wait_until(hub.answers, 10)


def test_the_web_may_die_alone(hub):
    engine = _pid("warren-engine")
    for _ in range(2):
        hub.kill("warren-web")
        assert wait_until(lambda: hub.processes("warren-web"), 5)
        assert wait_until(lambda: _is_there(), 5)
    assert _pid("warren-engine") == engine
    assert any(role["name"] == "warren-web" and role["restarts"] >= 2 for role in warren("status")["roles"])


def _is_there():
    try:
        return ask("GET", STATUS).status == 401
    except OSError:
        return False


def test_it_has_nothing_that_it_could_lose(hub):
    web = _pid("warren-web")
    [role] = [role for role in warren("status")["roles"] if role["name"] == "warren-web"]
    assert role["sandbox"]["capabilities"] == [] and role["sandbox"]["seccomp"] and role["sandbox"]["no_new_privs"]
    kinds = {os.readlink(path).split(":")[0] for path in pathlib.Path(f"/proc/{web}/fd").iterdir()}
    assert not [kind for kind in kinds if kind.startswith("/") and kind not in ("/dev/null", "/var/log/warren.log")]


def _memory(pid):
    """All that it could write to, as bytes."""
    read = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            if rights.startswith("rw") and not line.endswith(("[vvar]", "[vsyscall]")):
                start, end = (int(part, 16) for part in place.split("-"))
                with contextlib.suppress(OSError):
                    memory.seek(start)
                    read.append(memory.read(end - start))
    return b"".join(read)


def test_it_knows_no_key_but_its_own(tenant):
    """Neither the one that seals the others, nor a peer's or an instance's; what it has itself is found."""
    acme = tenant()
    laptop = acme.client("laptop", up=False)
    key = re.search(r"PrivateKey = (\S+)", laptop.profile())[1]
    with Client() as client:
        certificate = client.socket.getpeercert(True)
        assert client.ask("GET", "/").status == 200
        web, engine = _memory(_pid("warren-web")), _memory(_pid("warren-engine"))
    seal = (hub.STATE / "seal.key").read_bytes()
    assert certificate in web, "the search finds nothing"
    assert len(seal) >= 32 and seal[:32] in engine, "the search does not find the key where it is"
    for secret in (seal[:32], key.encode(), base64.b64decode(key)):
        assert secret not in web
