# SPDX-License-Identifier: GPL-2.0-or-later
"""From the set-up link to signed in; guesses, theft and deaths; who may do what."""

import base64
import contextlib
import hmac
import os
import pathlib
import signal
import struct
import time

import hub
import net
import pytest
from browser import Browser, bearer
from hub import Api, Refused, wait_until, warren

PASSWORD = "correct horse battery"


def _add(name, role, *options):
    done = net.run("warren", "admin", "add", name, "--role", role, *options, "--json", stdin=_typed(PASSWORD))
    return done.stdout


def _typed(*lines):
    """What a person types, as a file."""
    path = pathlib.Path("/run/world/typed")
    path.write_text("".join(f"{line}\n" for line in lines))
    return path.open()


@pytest.fixture
def admins(hub):
    """Makes admins, and takes them away again."""
    made = []

    def make(name, role="operator", *options):
        _add(name, role, *options)
        made.append(name)
        return name

    # One who stays: the others may all go.
    if not any(each["name"] == "keeper" for each in warren("admin", "list")["items"]):
        _add("keeper", "owner")
    yield make
    for name in made:
        with contextlib.suppress(Refused):
            warren("admin", "delete", name)


def _signed_in(name, password=PASSWORD, **options):
    browser = Browser(**options)
    answer = browser.sign_in(name, password)
    assert answer.status == 201, answer.body
    return browser


def _pid(name):
    [pid] = hub.processes(name)
    return pid


def _code(secret, at=None):
    """RFC 6238, written once more."""
    step = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(secret), step, "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 1000000:06}"


# ---- set-up ----


def test_from_the_set_up_link_to_signed_in(hub):
    with hub.state_aside():
        net.run("bash", "-c", f"rm -rf {hub.STATE}/*")
        hub.start()
        browser = Browser()
        assert browser.ask("GET", "/setup").json["needed"] is True
        assert browser.ask("GET", "/session").status == 401
        link = warren("setup", "link")
        token = link["link"].split("#")[1]
        assert warren("status")["setup"]["link"] == link["link"]
        owner = {"token": token, "name": "anna", "password": PASSWORD}
        assert browser.ask("POST", "/setup", {**owner, "token": "A" * 43}).status == 403
        assert browser.ask("POST", "/setup", {**owner, "password": "short"}).status == 422
        # The engine is killed: the link holds.
        os.kill(_pid("warren-engine"), signal.SIGKILL)
        assert wait_until(hub.answers, 10)
        assert wait_until(lambda: browser.ask("GET", "/setup").status == 200, 10)
        made = browser.ask("POST", "/setup", owner)
        assert made.status == 201
        cookie = made.headers["set-cookie"]
        for word in ("__Host-warren=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
            assert word in cookie
        assert browser.ask("GET", "/session").json["role"] == "owner"
        assert browser.ask("GET", "/instances").status == 200
        # Once.
        assert Browser().ask("POST", "/setup", {**owner, "name": "evil"}).status == 403
        assert Browser().ask("GET", "/setup").json["needed"] is False
        with pytest.raises(Refused, match="there is an owner already"):
            warren("setup", "link")
        assert warren("status")["setup"]["link"] is None
        assert token not in (hub.STATE / "warren.db").read_bytes().decode("latin-1")
        assert PASSWORD not in "\n".join(hub.log_lines())


# ---- signing in ----


def test_sign_in_and_theft(admins):
    admins("anna", "owner")
    browser = _signed_in("anna")
    entry = warren("audit", "list", "--limit", 1)["items"][0]
    assert (entry["who"], entry["action"], entry["from"]) == ("admin anna", "session.add", "127.0.0.1")
    thief = Browser(source="127.0.0.9")
    thief.cookie = browser.cookie
    # The value alone is what counts while it holds ...
    assert thief.is_signed_in()
    # ... and nothing any more once she signed out.
    assert browser.ask("DELETE", "/session").status == 200
    assert browser.cookie is None
    assert thief.ask("GET", "/session").status == 401
    assert thief.ask("POST", "/instances", {"name": "evil", "hostname": "evil"}).status == 401
    # A new password ends all the others.
    first, second = _signed_in("anna"), _signed_in("anna")
    new = {"password": "another good one", "current_password": PASSWORD}
    assert second.ask("POST", "/admins/me/password", new).status == 200
    assert second.is_signed_in() and not first.is_signed_in()


def test_signing_in_again_changes_the_value(admins):
    admins("anna")
    browser = _signed_in("anna")
    before = browser.cookie
    assert browser.sign_in("anna", PASSWORD).status == 201
    assert browser.cookie != before
    old = Browser()
    old.cookie = before
    assert not old.is_signed_in()


def test_brute_force(admins):
    admins("anna", "owner")
    owner = _signed_in("anna", source="127.0.0.3")
    evil = Browser(source="127.0.0.66")
    answers, wait = [], 0
    while wait < 4:
        answers.append(evil.sign_in("anna", f"guess number {len(answers)}"))
        if answers[-1].status == 429:
            wait = int(answers[-1].headers["retry-after"])
            assert wait >= 1
            if wait < 4:
                time.sleep(wait)
        assert len(answers) < 20
    assert [answer.status for answer in answers[:5]] == [401] * 5
    # Who guesses may not even be right now; the owner does not notice, wherever she is.
    assert evil.sign_in("anna", PASSWORD).status == 429
    assert owner.is_signed_in()
    _signed_in("anna", source="127.0.0.3")
    _signed_in("anna", source="127.0.0.4")
    # The same to be seen where there is no such admin.
    other = Browser(source="127.0.0.67")
    unknown = [other.sign_in("nobody", f"guess number {i}") for i in range(6)]
    assert unknown[0].body == answers[0].body
    kinds = [event["kind"] for event in warren("events")["items"]]
    assert "admin.refused" in kinds


def test_many_at_once_wait_or_are_told_to(admins):
    """Passwords are hashed elsewhere, a few at a time: whoever floods that leaves the engine alone."""
    admins("anna", "owner")
    owner = _signed_in("anna")
    flood = f"""
import sys, threading
sys.path.insert(0, "tests/scenario")
from browser import Browser
seen = []
def one(i):
    seen.append(Browser(source=f"127.0.1.{{i + 1}}").sign_in("nobody", "x" * 20).status)
threads = [threading.Thread(target=one, args=(i,)) for i in range(40)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sorted(set(seen)))
"""
    import subprocess

    with subprocess.Popen(["/usr/bin/python3", "-c", flood], cwd=hub.SOURCE, stdout=subprocess.PIPE, text=True) as running:
        slowest = 0
        while running.poll() is None:
            began = time.monotonic()
            assert owner.ask("GET", "/session").status == 200
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.05)
        said = running.stdout.read()
    assert "503" in said and "401" in said, said
    assert slowest < 5 * net.SLOW


def test_authenticator_app(admins):
    admins("anna", "owner")
    browser = _signed_in("anna")
    begun = browser.ask("POST", "/admins/me/totp").json
    assert begun["uri"].startswith("otpauth://totp/") and begun["qr"].startswith("<")
    # Codes of the step before confirm, so that those of this one are still to be used.
    codes = browser.ask("POST", "/admins/me/totp/confirm", {"code": _code(begun["secret"], time.time() - 30)})
    assert codes.status == 200
    recovery = codes.json["recovery_codes"]
    assert len(set(recovery)) == 10
    other = Browser()
    missing = other.sign_in("anna", PASSWORD)
    assert (missing.status, missing.json["type"].rsplit("/")[-1]) == (401, "code-needed")
    code = _code(begun["secret"])
    assert other.sign_in("anna", PASSWORD, code).status == 201
    assert Browser().sign_in("anna", PASSWORD, code).status == 401
    assert Browser().sign_in("anna", PASSWORD, recovery[0].upper()).status == 201
    assert Browser().sign_in("anna", PASSWORD, recovery[0]).status == 401
    # New ones, and the old ones are none any more; the app stays.
    anew = browser.ask("POST", "/admins/me/totp/recovery")
    assert anew.status == 200 and not set(anew.json["recovery_codes"]) & set(recovery)
    assert Browser().sign_in("anna", PASSWORD, recovery[2]).status == 401
    assert Browser().sign_in("anna", PASSWORD, anew.json["recovery_codes"][0]).status == 201
    assert len(warren("admin", "totp", "recovery", "anna")["recovery_codes"]) == 10
    for secret in (begun["secret"], recovery[1]):
        assert secret not in (hub.STATE / "warren.db").read_bytes().decode("latin-1")


# ---- deaths ----


def test_warren_hash_is_killed(admins):
    admins("anna", "owner")
    engine, browser = _pid("warren-engine"), _signed_in("anna")
    for _ in range(3):
        os.kill(_pid("warren-hash"), signal.SIGKILL)
        assert browser.is_signed_in()
        assert wait_until(lambda: Browser().sign_in("anna", PASSWORD).status == 201, 15)
    assert _pid("warren-engine") == engine
    role = next(role for role in warren("status")["roles"] if role["name"] == "warren-hash")
    assert role["sandbox"]["capabilities"] == [] and role["sandbox"]["seccomp"]
    assert role["restarts"] >= 3


def test_engine_restart_keeps_sessions_and_guesses(admins):
    admins("anna", "owner")
    browser = _signed_in("anna")
    token = browser.ask("POST", "/tokens", {"name": "ci", "role": "auditor"}).json["token"]
    os.kill(_pid("warren-engine"), signal.SIGKILL)
    assert wait_until(hub.answers, 15)
    assert wait_until(browser.is_signed_in, 10)
    assert bearer(token, "GET", "/session").status == 200
    hub.stop()
    hub.start()
    assert wait_until(browser.is_signed_in, 10)


# ---- rights ----


def test_tokens(admins):
    admins("anna", "owner")
    browser = _signed_in("anna")
    short = browser.ask("POST", "/tokens", {"name": "short", "role": "auditor", "expires_in": "2s"}).json["token"]
    far = browser.ask("POST", "/tokens", {"name": "far", "role": "auditor", "sources": ["192.0.2.0/24"]}).json["token"]
    near = browser.ask("POST", "/tokens", {"name": "near", "role": "operator", "sources": ["127.0.0.8/32"]}).json["token"]
    assert bearer(short, "GET", "/instances").status == 200
    assert bearer(far, "GET", "/instances").status == 403
    assert bearer(near, "GET", "/instances").status == 403
    assert bearer(near, "GET", "/instances", source="127.0.0.8").status == 200
    assert bearer(short, "POST", "/instances", {"name": "evil", "hostname": "evil"}).status == 403
    assert wait_until(lambda: bearer(short, "GET", "/instances").status == 401, 6)
    listed = {each["name"]: each for each in warren("token", "list")["items"]}
    assert listed["near"]["last_used_from"] == "127.0.0.8"
    # They end with their admin.
    warren("admin", "set", "anna", "--enabled", "no")
    assert bearer(near, "GET", "/instances", source="127.0.0.8").status == 401


def test_limited_to_an_instance(admins, tenant):
    acme, beta = tenant(), tenant()
    admins("carl", "operator", "--instance", acme.name)
    browser = _signed_in("carl")
    assert [each["name"] for each in browser.ask("GET", "/instances").json["items"]] == [acme.name]
    assert browser.ask("GET", f"/instances/{beta.id}").status == 404
    assert browser.ask("POST", f"/instances/{beta.id}/peers", {"name": "evil", "type": "client"}).status == 404
    assert browser.ask("POST", f"/instances/{acme.id}/peers", {"name": "laptop", "type": "client"}).status == 201
    assert browser.ask("POST", "/instances", {"name": "more", "hostname": "more"}).status == 403
    assert browser.ask("GET", "/settings").status == 403
    assert {entry["object"].split("/")[1] for entry in browser.ask("GET", "/audit").json["items"]} == {acme.id}
    # The rights end while the page is open.
    warren("admin", "set", "carl", "--instance", beta.name)
    assert browser.ask("GET", f"/instances/{acme.id}").status == 404
    assert browser.ask("GET", f"/instances/{beta.id}").status == 200


def test_auditor_only_looks(admins, tenant):
    acme = tenant()
    admins("dora", "auditor")
    browser = _signed_in("dora")
    assert browser.ask("GET", f"/instances/{acme.id}").status == 200
    for method, path, body in (
        ("POST", "/instances", {"name": "evil", "hostname": "evil"}),
        ("PATCH", f"/instances/{acme.id}", {"mtu": 1300}),
        ("DELETE", f"/instances/{acme.id}", None),
        ("POST", "/admins", {"name": "evil", "role": "owner", "password": PASSWORD}),
        ("PATCH", "/admins/me", {"role": "owner"}),
        ("POST", "/admins/keeper/password", {"password": PASSWORD}),
        ("DELETE", "/admins/keeper", None),
    ):
        assert browser.ask(method, path, body).status == 403, path
    assert browser.ask("POST", "/tokens", {"name": "t", "role": "operator"}).status == 422


def test_last_owner(admins):
    for words in (("delete", "keeper"), ("set", "keeper", "--role", "auditor"), ("set", "keeper", "--enabled", "no")):
        with pytest.raises(Refused, match="the only owner"):
            warren("admin", *words)
    admins("anna", "owner")
    warren("admin", "set", "keeper", "--role", "auditor")
    with pytest.raises(Refused, match="the only owner"):
        warren("admin", "delete", "anna")
    warren("admin", "set", "keeper", "--role", "owner")


# ---- the command line ----


def test_password_is_never_an_argument(admins):
    done = net.run("warren", "admin", "add", "erin", "--role", "auditor", PASSWORD, check=False, stdin=_typed(PASSWORD))
    assert done.returncode == 2
    done = net.run("warren", "admin", "add", "erin", "--role", "auditor", check=False, stdin=_typed("short"))
    assert done.returncode == 1 and "12 characters" in done.stderr and "short" not in done.stderr
    with open("/dev/null") as nothing:
        assert net.run("warren", "admin", "add", "erin", "--role", "auditor", check=False, stdin=nothing).returncode == 1
    # Who is locked out gets in again on the hub itself.
    admins("anna", "owner")
    net.run("warren", "admin", "password", "anna", stdin=_typed("another good one"))
    assert Browser().sign_in("anna", PASSWORD).status == 401
    _signed_in("anna", "another good one")


def test_a_session_over_the_socket_is_no_more_than_it_is(admins):
    """Root who shows an auditor's token is that auditor."""
    admins("dora", "auditor")
    token = warren("token", "add", "here", "--role", "auditor", "--admin", "dora")["token"]
    with Api() as api:
        answer = api.ask("POST", "/instances", {"name": "x", "hostname": "xyz"}, headers={"authorization": f"Bearer {token}"})
        assert answer["status"] == 403
        assert api.ask("GET", "/session")["body"]["role"] == "owner"
