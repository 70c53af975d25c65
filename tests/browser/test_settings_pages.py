# SPDX-License-Identifier: GPL-2.0-or-later
"""What is set for the whole hub, by a person in a browser: backups, the certificate, the machine and its updates."""

import subprocess

import hub as hub_module
import slots
from browser import SHOTS, browse
from hub import Refused, wait_until, warren
from net import run

PASSPHRASE = "nine stones across the brook"
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
