# SPDX-License-Identifier: GPL-2.0-or-later
"""The API over HTTPS for those who are signed in: the same as on the socket, and events as they come."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import hub
import net
import pytest
import web_client
from hub import Api, wait_until, warren
from web_client import Client, Closed, ask

PASSWORD = "correct horse battery"
OURS = {"Sec-Fetch-Site": "same-origin"}


def _typed(*lines):
    """What a person types, as a file."""
    path = pathlib.Path("/run/world/typed")
    path.write_text("".join(f"{line}\n" for line in lines))
    return path.open()


@pytest.fixture(scope="module")
def owner(started_hub):
    """The first owner, made by the set-up link as a browser does it: headers of a session, and of a token."""
    token = warren("setup", "link")["token"]
    made = ask("POST", "/api/v1/setup", {"token": token, "name": "anna", "password": PASSWORD}, OURS)
    assert made.status in (200, 201), made.body
    cookie = made.headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-warren=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict(; Max-Age=\d+)?", cookie
    )
    session = {"Cookie": cookie.split(";")[0]}
    added = ask("POST", "/api/v1/tokens", {"name": "ci", "role": "owner"}, {**session, **OURS})
    assert added.status == 201, added.body
    return {"session": session, "token": {"Authorization": f"Bearer {added.json['token']}"}}


# ---- the same as on the socket ----


def test_it_answers_as_the_socket_does(tenant, owner):
    acme = tenant()
    peer = warren("peer", "add", acme.name, "laptop", "--client")
    paths = [f"/instances/{acme.id}", f"/instances/{acme.id}/peers/{peer['id']}", "/settings", "/tls", "/instances/no-such"]
    with Api() as api, Client() as client:
        for path in paths:
            for headers in owner.values():
                local, remote = api.ask("GET", path, checked=False), client.ask("GET", f"/api/v1{path}", headers=headers)
                assert remote.status == local["status"] and remote.headers.get("etag") == local.get("etag")
                for body in (local["body"], remote.json):
                    for live in ("updated_at", "resync", "peers"):
                        body.pop(live, None)
                assert remote.json == json.loads(json.dumps(remote.json))
                if remote.status != 200:
                    assert remote.headers["content-type"] == "application/problem+json"


def test_a_change_and_its_conditions(tenant, owner):
    acme = tenant()
    path = f"/api/v1/instances/{acme.id}"
    with Client() as client:
        seen = client.ask("GET", path, headers=owner["token"])
        dry = client.ask("PATCH", path + "?dry_run=1", {"mtu": 1400}, owner["token"])
        assert (dry.status, dry.json["changes"][0]["field"]) == (200, "mtu")
        stale = client.ask("PATCH", path, {"mtu": 1400}, {**owner["token"], "If-Match": '"r999"'})
        assert stale.status == 412
        fresh = {**owner["token"], "If-Match": seen.headers["etag"], "Idempotency-Key": f"k-{acme.id}"}
        done = client.ask("PATCH", path, {"mtu": 1400}, fresh)
        assert done.status == 200 and done.headers["etag"] != seen.headers["etag"]
        again = client.ask("PATCH", path, {"mtu": 1400}, fresh)
        assert again.status == 200 and again.headers["idempotency-replayed"] == "true"
        head = client.ask("HEAD", path, headers=owner["token"])
        assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 100
    entry = warren("audit", "list", "--limit", 1)["items"][0]
    assert entry["from"] == "127.0.0.1" and "anna" in entry["who"]


def test_a_session_needs_our_own_page(tenant, owner):
    acme = tenant()
    path = f"/api/v1/instances/{acme.id}"
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert ask("PATCH", path, {"mtu": 1300}, {**owner["session"], **headers}).status == 403
    assert acme.show()["mtu"] != 1300
    assert ask("PATCH", path, {"mtu": 1300}, {**owner["session"], **OURS}).status == 200


def test_a_long_answer_comes_whole(tenant, owner):
    acme = tenant("--network", "10.66.0.0/16")
    with Api() as api:
        for number in range(1000):
            assert api.ask("POST", f"/instances/{acme.id}/peers", {"name": f"peer {number}", "type": "client"}, checked=False)["status"] == 201
    path = f"/api/v1/instances/{acme.id}/peers?limit=1000"
    with Client() as client:
        whole = client.ask("GET", path, headers=owner["token"])
        assert len(whole.json["items"]) == 1000 and len(whole.body) > 400 * 1024
        # Others are served while nobody reads a long one.
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                slow = stack.enter_context(Client())
                lines = [f"GET {path} HTTP/1.1", f"Host: {slow.host}", *(": ".join(pair) for pair in owner["token"].items())]
                slow.send("\r\n".join(lines).encode() + b"\r\n\r\n")
            assert len(client.ask("GET", path, headers=owner["token"]).body) == len(whole.body)


# ---- events ----


class Stream(Client):
    def __init__(self, headers, after=None, **options):
        super().__init__(**options)
        lines = ["GET /api/v1/events HTTP/1.1", f"Host: {self.host}", "Accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if after:
            lines.append(f"Last-Event-ID: {after}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.status, self.headers = self.head()
        assert (self.status, self.headers["content-type"]) == (200, "text/event-stream")

    def event(self, kind=None):
        """The next one of the kind: its id and what is in it."""
        while True:
            chunk = self.chunk().decode()
            lines = dict(line.split(": ", 1) for line in chunk.splitlines() if ": " in line)
            if "data" in lines:
                event = json.loads(lines["data"])
                if kind in (None, event["kind"]):
                    assert lines["id"] == str(event["id"])
                    return event


def test_events_come_as_they_happen(tenant, owner):
    acme = tenant()
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(Stream(owner["session"])) for _ in range(100)]
        assert warren("status")["web"]["streams"] == 100
        warren("peer", "add", acme.name, "laptop", "--client")
        ids = {stream.event("peer.added")["id"] for stream in streams}
        assert len(ids) == 1
    assert wait_until(lambda: warren("status")["web"]["streams"] == 0, 5)


def test_a_stream_goes_on_where_it_ended(tenant, owner):
    acme = tenant()
    with Stream(owner["token"]) as stream:
        warren("peer", "add", acme.name, "one", "--client")
        last = stream.event("peer.added")["id"]
    warren("peer", "add", acme.name, "two", "--client")
    warren("peer", "add", acme.name, "three", "--client")
    with Stream(owner["token"], after=last) as stream:
        names = [stream.event("peer.added")["peer"] for _ in range(2)]
        assert names == ["two", "three"]
    # Without asking for a stream it is a list.
    listed = ask("GET", f"/api/v1/events?after={last}", headers=owner["token"]).json["items"]
    assert {"two", "three"} <= {event.get("peer") for event in listed}


def _another(owner, name):
    """A session and a token beside the owner's own, with their ids."""
    signed_in = ask("POST", "/api/v1/session", {"name": "anna", "password": PASSWORD}, OURS)
    assert signed_in.status == 201, signed_in.body
    session = {"Cookie": signed_in.headers["set-cookie"].split(";")[0]}
    added = ask("POST", "/api/v1/tokens", {"name": name, "role": "owner"}, {**session, **OURS})
    assert added.status == 201, added.body
    ids = {"session": signed_in.json["session"]["id"], "token": added.json["id"]}
    return {"session": session, "token": {"Authorization": f"Bearer {added.json['token']}"}}, ids


def _ended(stream, within=5):
    """The web's stream is closed as it should be: its last chunk, then nothing."""
    stream.socket.settimeout(within)
    with pytest.raises(Closed):
        while True:
            chunk = stream.chunk()
            assert b"peer.added" not in chunk
            if not chunk:
                stream.exactly(1)
    return True


def _followed(authorization):
    api = Api(timeout=10)
    answer = api.ask("GET", "/events", headers={"authorization": authorization})
    assert answer["status"] == 200
    return api


def _closed(api):
    with pytest.raises(ConnectionError):
        while True:
            assert api.line()["event"]["kind"] != "peer.added"
    return True


@pytest.mark.parametrize("kind", ["session", "token"])
def test_a_stream_ends_with_who_follows_it(tenant, owner, kind):
    """At once, at both doors; others go on."""
    acme = tenant()
    headers, ids = _another(owner, f"stream-{kind}")
    secret = headers[kind].get("Cookie", headers[kind].get("Authorization"))
    authorization = secret.replace("__Host-warren=", "Session ")
    with Stream(owner["session"]) as other, Stream(headers[kind]) as stream, _followed(authorization) as local:
        streams = warren("status")["web"]["streams"]
        ended = ask("DELETE", f"/api/v1/{kind}s/{ids[kind]}", headers={**owner["session"], **OURS})
        assert ended.status == 200, ended.body
        assert _ended(stream) and _closed(local)
        assert warren("status")["web"]["streams"] == streams - 1
        warren("peer", "add", acme.name, "laptop", "--client")
        assert other.event("peer.added")["peer"] == "laptop"
    assert ask("GET", "/api/v1/status", headers=headers[kind]).status == 401


def test_streams_end_with_their_admin(tenant, owner):
    """With all of its sessions, when it is disabled."""
    made = net.run("warren", "admin", "add", "ben", "--role", "operator", "--json", stdin=_typed(PASSWORD))
    assert made.returncode == 0
    signed_in = ask("POST", "/api/v1/session", {"name": "ben", "password": PASSWORD}, OURS)
    session = {"Cookie": signed_in.headers["set-cookie"].split(";")[0]}
    with Stream(session) as stream:
        warren("admin", "set", "ben", "--enabled", "no")
        assert _ended(stream)
    warren("admin", "delete", "ben")


def test_a_stream_tells_that_it_lives(hub, owner):
    with Stream(owner["token"], timeout=40) as stream:
        assert b"retry:" in stream.chunk()
        while stream.chunk() != b":\n\n":
            pass


def test_who_does_not_read_is_cut_off(tenant, owner):
    acme = tenant()
    peer = warren("peer", "add", acme.name, "laptop", "--client")
    with Stream(owner["token"], receive_buffer=4096):
        with Api() as api:
            for number in range(6000):
                verb = "disable" if number % 2 == 0 else "enable"
                assert api.ask("POST", f"/instances/{acme.id}/peers/{peer['id']}/{verb}", checked=False)["status"] == 200
                if number % 500 == 0 and warren("status")["web"]["streams"] == 0:
                    break
        assert warren("status")["web"]["streams"] == 0
        assert ask("GET", "/api/v1/status", headers=owner["token"]).status == 200


def test_a_page_survives_the_engine(tenant, owner):
    """Streams end, requests are told to come again; the session is still good."""
    acme = tenant()
    with Stream(owner["session"]) as stream, Client() as client:
        last = int(time.time()) << 20
        [engine] = hub.processes("warren-engine")
        os.kill(engine, signal.SIGKILL)
        with pytest.raises(Closed):
            while True:
                last = stream.event()["id"]
        assert wait_until(lambda: client.ask("GET", "/api/v1/status", headers=owner["session"]).status == 200, 10)
    assert wait_until(hub.answers, 10)
    with Stream(owner["session"], after=last) as stream:
        warren("peer", "add", acme.name, "laptop", "--client")
        assert stream.event("peer.added")["peer"] == "laptop"


# ---- a flood ----

BAD_CLIENTS = """
import socket, ssl, sys, threading, time
sys.path.insert(0, "tests/scenario")
import web_client
from test_web import SHAPES, HOST

def of(number):
    return "127.0.0.1" if number % 2 else f"127.0.7.{number + 1}"

def garbage(source):
    with socket.create_connection((web_client.HOST, 443), 2, (source, 0)) as plain:
        plain.sendall(bytes(range(256)) * 64)
        plain.recv(100)

def half_a_handshake(source):
    with socket.create_connection((web_client.HOST, 443), 2, (source, 0)) as plain:
        plain.sendall(b"\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03" + bytes(40))

def ambiguous(source):
    for _, data in SHAPES.values():
        with web_client.Client(source=source, timeout=2) as client:
            client.send(data)
            client.answer()

def stranger(source):
    with web_client.Client(source=source, timeout=2) as client:
        for _ in range(20):
            client.ask("GET", "/api/v1/instances", None, {"Authorization": "Bearer wrn_" + "A" * 43})

def guesser(source):
    web_client.ask("POST", "/api/v1/session", {"name": "anna", "password": "x" * 20}, source=source, timeout=2)

def leaves(source):
    client = web_client.Client(source=source, timeout=2)
    client.send(b"POST /api/v1/session HTTP/1.1\\r\\n" + HOST + b"Content-Length: 100000\\r\\n\\r\\n{")
    time.sleep(0.3)
    client.close()

done = [0]
def one(number, until):
    kinds = [garbage, half_a_handshake, ambiguous, stranger, guesser, leaves]
    while time.monotonic() < until:
        try:
            kinds[number % len(kinds)](of(number))
        except (OSError, web_client.Closed, ssl.SSLError):
            pass
        done[0] += 1
until = time.monotonic() + float(sys.argv[1])
threads = [threading.Thread(target=one, args=(number, until)) for number in range(48)]
[each.start() for each in threads]
[each.join() for each in threads]
print(done[0])
"""


def test_an_admin_works_among_bad_clients(tenant, owner, measured):
    """Many of them, of every kind, half of them at the admin's own address."""
    acme = tenant()
    web = hub.processes("warren-web", "warren-engine")
    slowest, asked = 0, 0
    with subprocess.Popen(["/usr/bin/python3", "-c", BAD_CLIENTS, "8"], cwd=hub.SOURCE, stdout=subprocess.PIPE, text=True) as bad:
        with Client() as admin, Stream(owner["session"]) as stream:
            while bad.poll() is None:
                began = time.monotonic()
                assert admin.ask("GET", f"/api/v1/instances/{acme.id}", headers=owner["session"]).status == 200
                slowest = max(slowest, time.monotonic() - began)
                asked += 1
                time.sleep(0.05)
                if asked == 20:
                    changed = admin.ask("PATCH", f"/api/v1/instances/{acme.id}", {"mtu": 1400}, {**owner["session"], **OURS})
                    assert changed.status == 200
                    assert stream.event("instance.changed")["instance_id"] == acme.id
                    # One who comes now gets in too.
                    assert ask("GET", "/api/v1/session", headers=owner["session"]).status == 200
        count = int(bad.stdout.read())
    measured(f"among {count} bad clients {asked} requests, the slowest {slowest * 1000:.0f} ms")
    assert asked > 20 and count > 200 and slowest < 5 * net.SLOW
    assert hub.processes("warren-web", "warren-engine") == web


@pytest.mark.parametrize("idle", ["after its handshake", "after a request"])
def test_idle_ones_that_went_further_leave_room_too(tenant, owner, idle):
    """As many as an address may have and some more: the admin at the same address stays, who was idle longer than all."""
    acme = tenant()
    path = f"/api/v1/instances/{acme.id}"
    with contextlib.ExitStack() as stack:
        admin = stack.enter_context(Client())
        assert admin.ask("GET", path, headers=owner["session"]).status == 200
        for _ in range(700):
            client = stack.enter_context(Client())
            if idle == "after a request":
                assert client.ask("GET", "/").status == 200
        assert admin.ask("GET", path, headers=owner["session"]).status == 200
        assert ask("GET", path, headers=owner["session"]).status == 200


def _comes_and_leaves():
    with contextlib.suppress(OSError), socket.create_connection((web_client.HOST, 443), 5) as plain:
        plain.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40))


def test_who_comes_amid_a_flood_gets_in(tenant, owner):
    """Some that left amid their handshake came before, and more than an address may have came after."""
    [web] = hub.processes("warren-web")
    os.kill(web, signal.SIGSTOP)
    try:
        for _ in range(100):
            _comes_and_leaves()
        admin = subprocess.Popen(
            ["/usr/bin/python3", "-c", "import web_client; print(web_client.ask('GET', '/').status)"],
            cwd=pathlib.Path(__file__).parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(1)
        for _ in range(900):
            _comes_and_leaves()
    finally:
        os.kill(web, signal.SIGCONT)
    assert admin.communicate(timeout=30)[0].strip() == "200"


def test_an_admin_works_through_a_flood(tenant, owner, measured):
    """2,000 idle connections from the admin's own address, and more coming: the open connection stays."""
    acme = tenant()
    longest, floods = 0, []
    with contextlib.ExitStack() as stack:
        admin = stack.enter_context(Client())
        stream = stack.enter_context(Stream(owner["session"]))
        assert admin.ask("GET", "/api/v1/status", headers=owner["session"]).status == 200
        for number in range(2000):
            with contextlib.suppress(OSError):
                floods.append(stack.enter_context(socket.create_connection((web_client.HOST, 443), 5)))
            if number % 100 == 0:
                started = time.monotonic()
                assert admin.ask("GET", f"/api/v1/instances/{acme.id}", headers=owner["session"]).status == 200
                longest = max(longest, time.monotonic() - started)
        warren("peer", "add", acme.name, "laptop", "--client")
        assert stream.event("peer.added")["peer"] == "laptop"
    assert longest < 5 * net.SLOW
    measured(f"through {len(floods)} connections that came and stayed idle, the slowest request took {longest * 1000:.0f} ms")
