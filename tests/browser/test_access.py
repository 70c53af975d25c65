# SPDX-License-Identifier: GPL-2.0-or-later
"""Who runs the hub: admins and their rights, authenticator app, passkeys, tokens and sessions, by a person in a browser."""

import contextlib
import pathlib
import re
import sqlite3

import hub as hub_module
import pytest
import web_client
from browser import browse
from hub import wait_until, warren
from net import HUB4, run

CONFIG = pathlib.Path("/etc/warren/warren.conf")
NAME = "hub.test"
ANNA = {"name": "anna", "password": "seven boats on the lake"}


def _add(name, password, role):
    with hub_module.Api() as api:
        answer = api.ask("POST", "/admins", {"name": name, "password": password, "role": role}, checked=False)
        assert answer["status"] == 201, answer


@pytest.fixture
def anna(hub, owner):
    _add(**ANNA, role="operator")
    yield ANNA
    warren("admin", "delete", ANNA["name"])


@pytest.fixture
def named(hub):
    """The hub has a DNS name, of which passkeys are."""
    text = CONFIG.read_text()
    CONFIG.write_text(re.sub(r"(?m)^public_name =.*$", f"public_name = {NAME}", text))
    hub.reload()
    assert wait_until(lambda: warren("status")["public_name"] == NAME, 5)
    yield NAME
    CONFIG.write_text(text)
    hub.reload()


def _make_sessions_older():
    """As if an hour had passed since the sign-ins."""
    hub_module.stop()
    with contextlib.closing(sqlite3.connect(hub_module.STATE / "warren.db")) as store:
        store.execute("UPDATE session SET created_at = created_at - 3600")
        store.commit()
    run("chown", "--reference", hub_module.STATE, *map(str, hub_module.STATE.glob("warren.db*")))
    hub_module.start()
    return {}


def test_an_authenticator_app_from_its_code_to_recovery(anna):
    done = browse(
        "account",
        {"age": _make_sessions_older, "scan": lambda shot: run("zbarimg", "--quiet", "--raw", shot).stdout.strip()},
        next="eight boats on the lake",
        **anna,
    )
    assert done["found"] == [], "\n".join(done["found"])
    assert done["scanned"].startswith("otpauth://totp/") and done["secret"] in done["scanned"]
    assert len(set(done["codes"])) == 10 and done["file"].split() == done["codes"]
    methods = [entry["action"] for entry in warren("audit", "list", "--limit", 40)["items"] if entry["who"] == "admin anna"]
    for action in ("admin.totp-confirm", "admin.totp-delete", "admin.password", "session.end"):
        assert action in methods, action


def _key_of_certificate():
    """For Chromium, to which the hub's own certificate then is as good as any."""
    command = (
        f"openssl s_client -connect {HUB4}:443 -servername {NAME} </dev/null 2>/dev/null | openssl x509 -pubkey -noout"
        " | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64"
    )
    return run("bash", "-c", command).stdout.strip()


def test_a_passkey_signs_in_without_a_password(anna, named):
    flags = [f"--host-resolver-rules=MAP {NAME} {HUB4}", f"--ignore-certificate-errors-spki-list={_key_of_certificate()}"]
    done = browse("passkey", flags=flags, named=f"https://{NAME}", **anna)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["credentials"] == [[NAME, True]]


def test_several_sign_in_at_the_same_moment(anna):
    # Somebody at the same address has guessed: of three at once all but one have to wait for a moment.
    for _ in range(3):
        guess = web_client.ask("POST", "/api/v1/session", {"name": "nobody", "password": "not the right one"}, {"Sec-Fetch-Site": "same-origin"}, host=HUB4)
        # 429: somebody of the tests before has, too.
        assert guess.status in (401, 429)
    done = browse("at_once", rounds=3, **anna)
    assert done["late"] < 1


def test_tokens_and_sessions_are_ended(tenant, anna):
    acme = tenant(name="Acme")

    def use(token):
        answer = web_client.ask("GET", "/api/v1/instances", None, {"Authorization": f"Bearer {token}"}, host=HUB4)
        return {"status": answer.status, "names": [each["name"] for each in (answer.json.get("items") or [])]}

    done = browse("tokens", {"use": use}, instance=acme.name, **anna)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["token"].startswith("wrn_") and not done["shownAgain"]
    assert done["before"] == {"status": 200, "names": ["Acme"]}
    assert done["after"]["status"] == 401
    assert done["waits"]


def test_an_operator_of_one_instance(tenant, owner):
    acme, globex = tenant(name="Acme"), tenant(name="Globex")
    done = browse("admins", made="otto", instance=acme.name, id=acme.id, other=globex.id, **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["refusals"] == [True, True, True]
    shown = " ".join(done["links"])
    assert "Instances" in shown and "API tokens" in shown
    assert not [word for word in ("Users", "Admins", "Settings") if word in shown]
    assert "Acme" in done["instances"] and "Globex" not in done["instances"]
    assert done["denied"] == ["Not for you"] * 4
    assert done["roles"] == 0
    assert "otto" not in [each["name"] for each in warren("admin", "list")["items"]]
