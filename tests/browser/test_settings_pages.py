# SPDX-License-Identifier: GPL-2.0-or-later
"""What is set for the whole hub, by a person in a browser: backups, the certificate, the machine and its updates."""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess

import hub as hub_module
import pytest
import slots
import test_acme
from browser import SHOTS, browse
from hub import Refused, wait_until, warren
from net import HUB4, run

PASSPHRASE = "nine stones across the brook"
authority, acme_settings = test_acme.authority, test_acme.acme
WISH = hub_module.STATE / "wish.restart"


def test_backups_are_made_fetched_brought_back_and_restored(hub, tenant, owner):
    acme = tenant(name="Acme")

    def opens(file):
        done = subprocess.run(["warren", "backup", "restore", file, "--dry-run"], input=PASSPHRASE + "\n", text=True, capture_output=True)
        return {"status": done.returncode, "said": done.stdout + done.stderr}

    def lose():
        warren("instance", "delete", acme.id, "--yes")
        return {}

    def look():
        try:
            return acme.id in [each["id"] for each in warren("instance", "list")["items"]]
        except Refused:
            return False  # it starts with what was restored

    def is_there():
        return {"there": bool(wait_until(look, 30))}

    done = browse("hub_settings", {"opens": opens, "lose": lose, "is_there": is_there}, part="backups", passphrase=PASSPHRASE, **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["guarded"] and done["there"]
    assert done["opens"]["status"] == 0, done["opens"]
    for item in warren("backup", "list")["items"]:
        warren("backup", "delete", item["id"])


def test_the_machine_is_updated_and_asked(box, owner):
    bundle = box.bundle()
    torn = slots.BOX / "torn.bundle"
    torn.write_bytes(bytes(300000))
    done = browse("hub_settings", {"become_appliance": box.become_appliance}, part="machine", bundle=str(bundle), torn=str(torn), **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["hidden"] and done["guarded"]
    assert WISH.exists() and warren("update", "show")["state"] == "idle"


def test_a_certificate_is_brought(hub, owner):
    SHOTS.mkdir(parents=True, exist_ok=True)
    chain, key = SHOTS / "chain.pem", SHOTS / "key.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=vpn.example", "-addext", "subjectAltName=DNS:vpn.example", "-keyout", key, "-out", chain)
    told = run("openssl", "x509", "-in", chain, "-noout", "-fingerprint", "-sha256").stdout.strip().partition("=")[2]
    done = browse("hub_settings", part="certificate", chain=chain.read_text(), key=str(key), **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["after"] == told and done["before"] != told


def test_an_authority_is_asked_for_a_certificate(acme_settings, owner):
    warren("settings", "set", "hub.public_name", test_acme.NAME)
    warren("tls", "self-signed")

    def shown():
        return {"digest": hashlib.sha256(test_acme.shown()).hexdigest()}

    def another(than):
        wait_until(lambda: shown()["digest"] != than, 30)
        return shown()

    def fault(fault):
        acme_settings.fault = fault
        return {}

    handlers = {"shown": shown, "another": another, "fault": fault}
    try:
        done = browse("hub_settings", handlers, part="authority", directory=acme_settings.directory, ordered=test_acme.NAME, **owner)
    finally:
        warren("settings", "set", "hub.public_name", HUB4)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["offered"] == 0, "nothing is to be ordered before the authority is wanted"
    assert done["first"] != done["second"]
    assert "too many certificates for this name" in done["reason"]


def test_a_restart_into_an_update_and_its_trial(box, tenant, owner):
    box.become_appliance()
    acme = tenant()
    laptop = acme.client("laptop")
    assert wait_until(lambda: laptop.show()["connected"], 10)
    # It does not come back, so that the update stays on trial.
    laptop.device.down()

    def go_down():
        assert box.wants_reboot()
        box.boot(start=False)
        return {}

    def come_up():
        hub_module.start()
        return {}

    done = browse("hub_settings", {"go_down": go_down, "come_up": come_up}, part="restart", bundle=str(box.bundle()), **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert "0 of the 1 peers" in done["trial"] and "If it is not healthy, the version before comes back" in done["trial"]
    assert warren("update", "show")["state"] == "idle" and slots.choice()["slot"] == "b"


@pytest.fixture
def eventful(tenant):
    """An instance with something to look after, and a hub with a past."""
    acme = tenant(name="Acme")
    acme.client("laptop", up=False)
    acme.take_profiles()
    warren("peer", "add", "Acme", "guest", "--client", "--expires", "2d")
    # What the laptop was handed does not know of the office.
    warren("peer", "add", "Acme", "office", "--site", "--subnet", "192.168.88.0/24")
    warren("instance", "set", "Acme", "--mtu", "1400")
    with hub_module.Api() as api:
        for number in range(150):
            for name in ("fine", "well"):
                answer = api.ask("PATCH", f"/instances/{acme.id}/peers/{acme.members[0].peer['id']}", {"groups": [f"{name}-{number}"]}, checked=False)
                assert answer["status"] == 200, answer
    return acme


def test_the_hub_as_a_whole(eventful, owner):
    acme = eventful
    first = warren("audit", "list", "--limit", 1000)["items"][-1]

    def mend():
        acme.take_profiles()
        return {}

    def warrend(number):
        for pid in hub_module.processes("warrend"):
            os.kill(pid, number)
        return {}

    def break_step():
        # Nobody makes a network for it.
        warrend(signal.SIGSTOP)
        hub_module.cli("instance", "add", "Broken", "--hostname", "broken")
        return {}

    def old_certificate():
        # Of somebody else: one that is signed by itself is the hub's to renew.
        files = [SHOTS / name for name in ("old.pem", "old.key")]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        run("openssl", "req", "-x509", *curve, "-subj", "/CN=CA", "-keyout", SHOTS / "ca.key", "-out", SHOTS / "ca.pem")
        run("openssl", "req", *curve, "-subj", "/CN=vpn.example", "-keyout", files[1], "-out", SHOTS / "old.request")
        (SHOTS / "old.names").write_text(f"subjectAltName=IP:{HUB4}\n")
        run("openssl", "x509", "-req", "-in", SHOTS / "old.request", "-CA", SHOTS / "ca.pem", "-CAkey", SHOTS / "ca.key", "-CAcreateserial",
            "-days", 5, "-extfile", SHOTS / "old.names", "-out", files[0])  # fmt: skip
        warren("tls", "import", *files)
        return {}

    handlers = {"mend": mend, "break_step": break_step, "go_on": lambda: warrend(signal.SIGCONT), "old_certificate": old_certificate, "own_certificate": lambda: warren("tls", "self-signed")}
    try:
        done = browse("hub_pages", handlers, instance=acme.id, oldest=first["object"], broken="Broken", **owner)
    finally:
        warrend(signal.SIGCONT)
        hub_module.cli("instance", "delete", "Broken", "--yes")
        warren("tls", "self-signed")
    assert done["found"] == [], "\n".join(done["found"])
    attention = done["attention"]
    said = " ".join(attention["said"])
    for words in ("The profile of laptop is out of date", "The time of guest is over soon", "Hand the new profile out", "Acme"):
        assert words in said, said
    assert attention["href"] == f"/instances/{acme.id}/peers/{warren('peer', 'show', 'Acme', 'guest')['id']}"
    audit = done["audit"]
    assert audit["searched"] and all("guest" in row for row in audit["searched"])
    assert audit["chosen"] and all("Instance changed" in row for row in audit["chosen"])
    assert audit["head"] == ["Field", "Before", "After"]
    [mtu] = [row for row in audit["changed"] if "MTU" in row[0]]
    assert mtu[1:] == ["1420", "1400"]
    [left, right] = audit["sides"]
    assert left[0] < right[0] and left[1] == right[1], "before and after stand side by side"
    assert first["name"] in audit["old"]
    rows = list(csv.DictReader(io.StringIO(audit["file"])))
    items = {str(item["number"]): item for item in warren("audit", "list", "--limit", 1000)["items"]}
    assert audit["name"] == "warren-audit.csv" and len(rows) > 300
    for row in rows:
        item = items[row["number"]]
        assert (row["who"].lstrip("'"), row["action"], row["hash"]) == (item["who"], item["action"], item["hash"])
        assert json.loads(row["after"] or "null") == item["after"]
    settings = done["settings"]
    wanted = warren("settings", "list")["items"]
    assert [(row[0], row[2]) for row in settings["cards"]] == [(each["key"], each["help"]) for each in wanted]
    assert [row[1] for row in settings["cards"]] == [each["value"] or "(empty)" for each in wanted]
    assert "Takes effect at once." in settings["live"] and "9999" in settings["live"]
    assert "when the hub's programs are started again" in settings["restart"]
    assert "certificate" in settings["named"], settings["named"]
    assert settings["wrong"] and settings["guarded"]
    about, status = done["about"], warren("status")
    assert status["version"] in about["facts"] and ("wireguard-go" in about["facts"]) == (status["backend"] == "userspace")
    shown = {name: text for name, text in about["roles"]}
    assert {role["name"] for role in status["roles"]} == set(shown)
    assert "no capability" in shown["warren-web"] and "seccomp" in shown["warren-web"] and "no_new_privs" in shown["warren-web"]
    assert {"Warren", "Preact", "uPlot", "OpenVPN", "GnuTLS", "uacme"} <= set(about["licences"])
