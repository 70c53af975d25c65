# SPDX-License-Identifier: GPL-2.0-or-later
"""The web's certificate from an authority: ordered with the real uacme, shown, renewed; an authority that fails."""

import ctypes
import datetime
import os
import pathlib
import socket
import ssl
import stat

import hub
import pytest
import web_client
from acme_server import Authority, pem
from hub import Refused, cli, wait_until, warren
from net import HUB4, SERVER4, run
from web_client import Client

NAME, HOST = "hub.example", "ca.example"
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
CLONE_NEWNET = 0x40000000


def _enter():
    """The calling thread goes where the authority stands: beyond the gateway."""
    with open("/run/netns/server") as place:
        if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


@pytest.fixture(scope="module")
def authority(started_hub, tmp_path_factory):
    made = Authority(HOST, tmp_path_factory.mktemp("authority"), {NAME: HUB4, "other.example": HUB4}.__getitem__, _enter)
    with open("/etc/hosts", "a") as hosts:
        hosts.write(f"\n{SERVER4} {HOST}\n")
    with open(BUNDLE, "a") as bundle:
        bundle.write(pem(made.root))
    yield made
    made.close()


@pytest.fixture
def acme(hub, authority):
    """The settings as they are without it; the authority does nothing wrong."""
    yield authority
    authority.fault = None
    authority.lifetime, authority.age = datetime.timedelta(days=90), datetime.timedelta(0)
    authority.delay.set()
    hub.wait_until(hub.answers, 20)
    warren("settings", "set", "acme.enabled", "no")
    assert wait_until(lambda: state() == "off", 5)


def told():
    return warren("tls", "show")


def state():
    return told()["acme"]["state"]


def switch_on(authority, **more):
    values = {"hub.public_name": NAME, "acme.directory": authority.directory, "acme.contact": "admin@hub.example",
              "acme.terms_agreed": "yes", "acme.enabled": "yes", **more}  # fmt: skip
    with hub.Api() as api:
        answer = api.ask("PATCH", "/settings", {"values": values})
    assert answer["status"] == 200, answer


def issued(within=30):
    said = wait_until(lambda: (each := told())["acme"]["state"] == "issued" and each, within)
    assert said, told()
    return said


def failed(within=60):
    said = wait_until(lambda: (each := told())["acme"]["state"] == "failed" and each, within)
    assert said, told()
    return said["acme"]


def verified(authority, name=NAME):
    """What a browser that trusts the authority sees."""
    strict = ssl.create_default_context(cadata=pem(authority.root))
    with strict.wrap_socket(socket.create_connection((HUB4, 443), 10), server_hostname=name) as client:
        return client.getpeercert()


def shown():
    with Client() as client:
        return client.socket.getpeercert(True)


def events(kind):
    return [each for each in warren("events")["items"] if each["kind"] == kind]


def leftovers():
    place = hub.RUN / "acme"
    return sorted(str(each.relative_to(place)) for each in place.rglob("*")) if place.exists() else []


def test_off_says_what_is_missing(acme):
    assert told()["acme"]["reason"].startswith("it is not wanted") and told()["acme"]["name"] is None
    with pytest.raises(Refused) as refused:
        warren("tls", "acme")
    assert "acme.enabled" in refused.value.text
    warren("settings", "set", "acme.enabled", "yes")
    assert state() == "off" and "terms" in told()["acme"]["reason"]
    warren("settings", "set", "acme.terms_agreed", "yes")
    warren("settings", "set", "hub.public_name", "198.51.100.1")
    assert state() == "off" and "address" in told()["acme"]["reason"]
    for name, bad in (("acme.directory", "http://ca.example/directory"), ("acme.directory", "https://a b"), ("acme.contact", "-x@y.z"),
                      ("acme.contact", 'a"@hub.example'), ("acme.contact", "nobody")):  # fmt: skip
        with pytest.raises(Refused):
            warren("settings", "set", name, bad)
    assert acme.requests == []


def test_one_is_ordered_and_shown(acme):
    with pytest.raises(ssl.SSLError):
        verified(acme)
    count = hub.audit_count()
    with Client() as before:
        switch_on(acme)
        said = issued()
        # Who was connected goes on.
        assert before.ask("GET", "/").status == 200
    assert said["source"] == "acme" and said["names"] == [NAME] and said["issuer"] == "CN=Test Authority"
    assert verified(acme)["subject"] == ((("commonName", NAME),),)
    assert [status for status, _ in acme.fetched] == [200]
    assert next(iter(acme.accounts.values()))["contact"] == ["mailto:admin@hub.example"]
    # Renewed a third of its life before its end.
    end, again = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (said["not_after"], said["acme"]["next_at"]))
    assert datetime.timedelta(days=29) < end - again <= datetime.timedelta(days=30)
    entries = [entry for entry in warren("audit", "list", "--limit", hub.audit_count() - count)["items"] if entry["action"] == "tls.renew"]
    assert entries and entries[0]["after"]["source"] == "acme" and "PRIVATE" not in str(entries)
    # Nothing is left of it: no process, no file, no answer.
    assert wait_until(lambda: not hub.processes("warren-acme", "uacme"), 5)
    assert leftovers() == ["private"]
    token = acme.challenges["1"]["token"]
    assert web_client.ask("GET", f"/.well-known/acme-challenge/{token}", port=80, tls=False).status == 404


def test_it_outlives_restarts(acme):
    switch_on(acme)
    issued()
    before, orders = shown(), len(acme.orders)
    hub.stop()
    hub.start()
    assert shown() == before and issued()["source"] == "acme" and len(acme.orders) == orders


def test_it_is_renewed_by_itself(acme):
    """One whose last third begins in some seconds."""
    acme.age = datetime.timedelta(days=60) - datetime.timedelta(seconds=12)
    switch_on(acme)
    warren("tls", "acme")
    wait_until(lambda: state() == "ordering", 5)
    first = issued()
    acme.age = datetime.timedelta(0)
    serial, accounts = verified(acme)["serialNumber"], len(acme.accounts)
    assert first["acme"]["next_at"]
    with Client() as before:
        assert wait_until(lambda: verified(acme)["serialNumber"] != serial, 40), told()
        assert before.ask("GET", "/").status == 200
    # With the account that it has.
    assert len(acme.accounts) == accounts and issued()["acme"]["failures"] == 0


def test_a_dry_run_orders_nothing(acme):
    switch_on(acme)
    issued()
    orders = len(acme.orders)
    would = warren("tls", "acme", "--dry-run")
    assert would["would"] == {"state": "ordering", "name": NAME, "directory": acme.directory}
    assert [each["field"] for each in would["changes"]] == ["state"]
    assert state() == "issued" and len(acme.orders) == orders
    assert "is being ordered" in cli("tls", "acme").stdout
    assert wait_until(lambda: len(acme.orders) == orders + 1, 10)
    issued()


@pytest.mark.parametrize(
    "fault, words, wait",
    [
        ("challenge", "got another answer", 300),
        ("rate", "asked too often: too many certificates for this name", 6 * 3600),
        ("finalize", "out of order", 300),
        ("chain", "is another certificate's", 300),
    ],
)
def test_a_failure_is_told_and_tried_again(acme, fault, words, wait):
    switch_on(acme)
    issued()
    before, count = shown(), len(events("tls.failed"))
    acme.fault = fault
    warren("tls", "acme")
    said = failed()
    assert words in said["reason"] and said["failures"] == 1
    tried, again = (datetime.datetime.fromisoformat(said[name].replace("Z", "+00:00")) for name in ("tried_at", "next_at"))
    assert wait - 2 <= (again - tried).total_seconds() <= wait + 60
    assert len(events("tls.failed")) == count + 1 and words in events("tls.failed")[-1]["text"]
    concern = next(each for each in warren("attention", "list")["items"] if each["kind"] == "acme-failed")
    assert words in concern["text"] and concern["command"] == "warren tls acme"
    assert words in cli("tls", "show").stdout
    # What was there is still shown, and an order that goes well ends it.
    assert shown() == before
    assert wait_until(lambda: not hub.processes("warren-acme", "uacme"), 5) and leftovers() == ["private"]
    acme.fault = None
    warren("tls", "acme")
    assert issued()["acme"]["failures"] == 0 and shown() != before
    assert not [each for each in warren("attention", "list")["items"] if each["kind"] == "acme-failed"]


def test_an_authority_that_is_gone(acme):
    switch_on(acme)
    issued()
    before = shown()
    switch_on(acme, **{"acme.directory": f"https://{HOST}:9/directory"})
    warren("tls", "acme")
    said = failed(90)
    assert "not to be reached" in said["reason"] and shown() == before
    # And one whose own certificate nobody signed.
    switch_on(acme, **{"acme.directory": acme.directory.replace(HOST, SERVER4)})
    warren("tls", "acme")
    said = failed(90)
    assert "not to be reached" in said["reason"] and shown() == before


def test_another_name_is_another_certificate(acme):
    switch_on(acme)
    issued()
    switch_on(acme, **{"hub.public_name": "other.example"})
    assert issued()["names"] == ["other.example"]
    assert verified(acme, "other.example")


def test_what_was_imported_is_left_alone(acme, tmp_path):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tmp_path / "key",
        "-out", tmp_path / "pem", "-subj", "/CN=own.example", "-days", "90", "-addext", "extendedKeyUsage=serverAuth")  # fmt: skip
    warren("tls", "import", tmp_path / "pem", tmp_path / "key")
    orders = len(acme.orders)
    switch_on(acme)
    assert state() == "waiting" and "imported" in told()["acme"]["reason"] and len(acme.orders) == orders
    warren("tls", "acme")
    assert wait_until(lambda: told()["source"] == "acme", 30)


def test_engine_killed_amid_an_order(acme):
    switch_on(acme)
    issued()
    before = shown()
    acme.delay.clear()
    orders = len(acme.orders)
    warren("tls", "acme")
    assert wait_until(lambda: len(acme.orders) > orders and hub.processes("uacme"), 15)
    hub.kill("warren-engine")
    # uacme ends with it, its files with the next order, and the next try waits as after a failure.
    assert wait_until(lambda: not hub.processes("warren-acme", "uacme"), 10)
    assert wait_until(hub.answers, 20)
    said = failed()
    assert "started again amid the order" in said["reason"] and said["failures"] == 1 and shown() == before
    acme.delay.set()
    warren("tls", "acme")
    assert issued()["acme"]["failures"] == 0 and shown() != before


def test_warren_acme_killed_amid_an_order(acme):
    switch_on(acme)
    issued()
    acme.delay.clear()
    warren("tls", "acme")
    assert wait_until(lambda: hub.processes("uacme"), 15)
    hub.kill("warren-acme")
    assert "warren-acme ended" in failed()["reason"]
    assert wait_until(lambda: not hub.processes("uacme"), 5)
    acme.delay.set()
    warren("tls", "acme")
    issued()


def test_its_process_has_little(acme):
    switch_on(acme)
    issued()
    acme.delay.clear()
    warren("tls", "acme")
    found = wait_until(lambda: hub.processes("uacme"), 15)
    pid = next(iter(found))
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    assert status["Uid"].split()[0] != "0" and int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    place = hub.RUN / "acme"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700 and stat.S_IMODE((place / "private/key.pem").stat().st_mode) == 0o600
    # The certificate's key is not there, and neither is the channel to the engine.
    assert leftovers() == ["order.pem", "private", "private/key.pem"]
    assert "PRIVATE" not in (place / "order.pem").read_text()
    channel = os.readlink(f"/proc/{next(iter(hub.processes('warren-acme')))}/fd/3")
    assert channel.startswith("socket:") and channel not in [os.readlink(each) for each in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    role = next(each for each in warren("status")["roles"] if each["name"] == "warren-acme")
    assert "seccomp" in role["sandbox"]["text"] and "no capability" in role["sandbox"]["text"]
    acme.delay.set()
    issued()


def test_plain_http_is_no_way_in(acme):
    token = "a" * 43
    for path, status in (
        (f"/.well-known/acme-challenge/{token}", 404),
        ("/.well-known/acme-challenge/", 404),
        ("/.well-known/acme-challenge/short", 404),
        (f"/.well-known/acme-challenge/{token}%2f..", 404),
        (f"/.well-known/acme-challenge/{token}/x", 404),
        ("/.well-known/acme-challenge/../../api/v1/status", 400),
        ("/api/v1/status", 308),
        ("/.well-known/other", 308),
    ):
        assert web_client.ask("GET", path, port=80, tls=False).status == status, path
    assert web_client.ask("POST", f"/.well-known/acme-challenge/{token}", {}, port=80, tls=False).status == 405
    # Over HTTPS it is the same; a credential changes nothing.
    assert web_client.ask("GET", f"/.well-known/acme-challenge/{token}", headers={"Authorization": "Bearer wrn_x"}).status == 404
