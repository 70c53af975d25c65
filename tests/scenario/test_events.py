# SPDX-License-Identifier: GPL-2.0-or-later
"""Those who look on are told."""

import base64
import hmac
import json
import pathlib
import struct
import subprocess
import threading
import time

from browser import Browser
from hub import Api, document, wait_until, warren
from net import run


def test_follow_tells_of_a_handshake(tenant):
    acme = tenant()
    follower = subprocess.Popen(
        ["warren", "events", "--follow", "--after", "0", "--json"], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    watchdog = threading.Timer(20, follower.kill)
    watchdog.start()
    try:
        laptop = acme.client("laptop")
        assert laptop.house.reaches(acme.instance["hub_addresses"][0])
        kinds = []
        for line in follower.stdout:
            event = json.loads(line)
            event = event.get("event", event)
            if event.get("peer_id") == laptop.peer["id"]:
                kinds.append(event["kind"])
            if "peer.connected" in kinds:
                break
        assert kinds[0] == "peer.added"
        assert "peer.connected" in kinds
    finally:
        watchdog.cancel()
        follower.kill()
        follower.wait()


def test_kept_events_can_be_listed(tenant):
    acme = tenant()
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"] if event.get("instance_id") == acme.id]
    assert kinds[0] == "instance.added" and "instance.active" in kinds


# Each change that the API's document knows, and what is told of it. None: nothing that anybody looks at is another one.
TOLD = {
    "settingsSet": "settings.reloaded",
    "tlsSelfSigned": "tls.changed",
    "tlsImport": "tls.changed",
    "instanceAdd": "instance.added",
    "instanceSet": "instance.changed",
    "instanceDelete": "instance.deleted",
    "peerAdd": "peer.added",
    "peerSet": "peer.changed",
    "peerEnable": "peer.enabled",
    "peerDisable": "peer.disabled",
    "peerRekey": "peer.rekeyed",
    "peerForgetKey": "peer.changed",
    "peerDelete": "peer.deleted",
    "firewallAdd": "firewall.changed",
    "firewallSet": "firewall.changed",
    "firewallMove": "firewall.changed",
    "firewallEnable": "firewall.changed",
    "firewallDisable": "firewall.changed",
    "firewallDelete": "firewall.changed",
    "firewallCheckAdd": "firewall.changed",
    "firewallCheckDelete": "firewall.changed",
    "userAdd": "user.added",
    "userSet": "user.changed",
    "userEnable": "user.enabled",
    "userDisable": "user.disabled",
    "userDelete": "user.deleted",
    "linkAdd": "link.added",
    "linkDelete": "link.deleted",
    "backupCreate": "backup.created",
    "backupDelete": "backup.deleted",
    "backupUpload": "backup.created",
    "backupKeySet": "backup.changed",
    "backupKeyDelete": "backup.changed",
    "adminAdd": "admin.added",
    "adminSet": "admin.changed",
    "adminPassword": "admin.changed",
    "adminTotpBegin": None,
    "adminTotpConfirm": "admin.changed",
    "adminTotpRecovery": "admin.changed",
    "adminTotpDelete": "admin.changed",
    "adminDelete": "admin.deleted",
    "tokenAdd": "token.added",
    "tokenDelete": "token.deleted",
    "sessionDelete": "session.ended",
    "setupLink": None,
}
# Shown by scenarios of their own: they take an authority, a device with a passkey, a box with two slots, another state.
ELSEWHERE = {"tlsAcme", "adminPasskeyAdd", "adminPasskeyDelete", "updateInstall", "updateReboot", "updateConfirm", "updateRollback", "backupRestore", "boxWish"}
PASSWORD = "correct horse battery"


def code_of(secret):
    """RFC 6238, of the step before this one."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 - 1), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 1000000:06}"


class Teller:
    """Makes changes, and looks at what is told of each."""

    def __init__(self, api):
        self.api, self.seen = api, {}

    def _newest(self):
        return self.api.ask("GET", "/events", query={"follow": "no", "limit": "1"}, checked=False)["body"]["items"][0]["id"]

    def _since(self, last):
        return [each["kind"] for each in self.api.ask("GET", "/events", query={"follow": "no", "after": str(last)}, checked=False)["body"]["items"]]

    def do(self, operation, method, path, body=None):
        last = self._newest()
        answer = self.api.ask(method, path, body)
        assert answer["status"] < 300, (operation, answer)
        wanted = TOLD[operation]
        self.seen[operation] = wanted is None or wait_until(lambda: wanted in self._since(last), 5) or self._since(last)
        return answer["body"]


def _change_all_of_an_instance(tell, base):
    tell.do("instanceSet", "PATCH", base, {"mtu": 1400})
    peer = tell.do("peerAdd", "POST", f"{base}/peers", {"name": "laptop", "type": "client"})
    path = f"{base}/peers/{peer['id']}"
    tell.do("peerSet", "PATCH", path, {"keepalive": 30})
    tell.do("peerDisable", "POST", f"{path}/disable", {})
    tell.do("peerEnable", "POST", f"{path}/enable", {})
    tell.do("peerRekey", "POST", f"{path}/rekey", {})
    link = tell.do("linkAdd", "POST", f"{path}/links", {})
    tell.do("linkDelete", "DELETE", f"/links/{link['id']}")
    tell.api.ask("GET", f"{path}/profile", query={"format": "wg-quick"})
    tell.do("peerForgetKey", "POST", f"{path}/forget-key", {})
    rule = tell.do("firewallAdd", "POST", f"{base}/firewall", {"action": "allow", "from": "peer:laptop"})
    tell.do("firewallAdd", "POST", f"{base}/firewall", {"action": "deny", "to": "10.20.0.0/16"})
    tell.do("firewallSet", "PATCH", f"{base}/firewall/{rule['id']}", {"comment": "hers"})
    tell.do("firewallMove", "POST", f"{base}/firewall/{rule['id']}/move", {"position": 2})
    tell.do("firewallDisable", "POST", f"{base}/firewall/{rule['id']}/disable")
    tell.do("firewallEnable", "POST", f"{base}/firewall/{rule['id']}/enable")
    tell.do("firewallDelete", "DELETE", f"{base}/firewall/{rule['id']}")
    check = tell.do("firewallCheckAdd", "POST", f"{base}/firewall-checks", {"expect": "deny", "from": "peer:laptop", "to": "10.20.0.1"})
    tell.do("firewallCheckDelete", "DELETE", f"{base}/firewall-checks/{check['id']}")
    tell.do("peerDelete", "DELETE", path)


def _change_people(tell):
    user = tell.do("userAdd", "POST", "/users", {"name": "ada"})
    tell.do("userSet", "PATCH", f"/users/{user['id']}", {"note": "hers"})
    tell.do("userDisable", "POST", f"/users/{user['id']}/disable")
    tell.do("userEnable", "POST", f"/users/{user['id']}/enable")
    tell.do("userDelete", "DELETE", f"/users/{user['id']}")
    tell.do("setupLink", "POST", "/setup/link", {})
    tell.do("adminAdd", "POST", "/admins", {"name": "keeper", "role": "owner", "password": PASSWORD})
    admin = tell.do("adminAdd", "POST", "/admins", {"name": "erin", "role": "operator", "password": PASSWORD})
    path = f"/admins/{admin['id']}"
    tell.do("adminSet", "PATCH", path, {"role": "auditor"})
    tell.do("adminPassword", "POST", f"{path}/password", {"password": PASSWORD + " again"})
    secret = tell.do("adminTotpBegin", "POST", f"{path}/totp")["secret"]
    tell.do("adminTotpConfirm", "POST", f"{path}/totp/confirm", {"code": code_of(secret)})
    tell.do("adminTotpRecovery", "POST", f"{path}/totp/recovery")
    tell.do("adminTotpDelete", "DELETE", f"{path}/totp")
    browser = Browser()
    assert browser.sign_in("erin", PASSWORD + " again").status == 201
    token = tell.do("tokenAdd", "POST", "/tokens", {"name": "ci", "role": "auditor", "admin": "erin"})
    tell.do("tokenDelete", "DELETE", f"/tokens/{token['id']}")
    [session] = [each for each in tell.api.ask("GET", "/sessions")["body"]["items"] if each["admin"] == "erin"]
    tell.do("sessionDelete", "DELETE", f"/sessions/{session['id']}")
    tell.do("adminDelete", "DELETE", path)


def _change_the_hub(tell):
    before = next(each["value"] for each in tell.api.ask("GET", "/settings")["body"]["items"] if each["name"] == "limits.peers")
    tell.do("settingsSet", "PATCH", "/settings", {"values": {"limits.peers": "9000"}})
    tell.do("settingsSet", "PATCH", "/settings", {"values": {"limits.peers": before}})
    tell.do("tlsSelfSigned", "POST", "/tls/self-signed")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=vpn.example",
        "-addext", "subjectAltName=DNS:vpn.example", "-keyout", "/run/world/told.key", "-out", "/run/world/told.pem")  # fmt: skip
    files = {part: pathlib.Path(f"/run/world/told.{name}").read_text() for part, name in (("chain", "pem"), ("key", "key"))}
    tell.do("tlsImport", "POST", "/tls/import", files)
    tell.do("tlsSelfSigned", "POST", "/tls/self-signed")
    backup = tell.do("backupCreate", "POST", "/backups", {"passphrase": "nine stones across the brook"})
    tell.do("backupDelete", "DELETE", f"/backups/{backup['id']}")
    tell.do("backupKeySet", "POST", "/backups/key", {"passphrase": "nine stones across the brook"})
    tell.do("backupKeyDelete", "DELETE", "/backups/key")


def test_whatever_changes_is_told(hub):
    """To those who look on: no page has to ask again and again whether something is another one by now."""
    with Api() as api:
        tell = Teller(api)
        instance = tell.do("instanceAdd", "POST", "/instances", {"name": "Told", "hostname": "told"})
        assert hub.active("Told")
        _change_all_of_an_instance(tell, f"/instances/{instance['id']}")
        tell.do("instanceDelete", "DELETE", f"/instances/{instance['id']}")
        _change_people(tell)
        _change_the_hub(tell)
    untold = {operation: kinds for operation, kinds in tell.seen.items() if kinds is not True}
    assert not untold, "\n".join(f"{operation}: {kinds}" for operation, kinds in untold.items())
    known = {operation.id for operation in document().operations if operation.changes}
    assert known == set(TOLD) | ELSEWHERE, known ^ (set(TOLD) | ELSEWHERE)
    assert set(TOLD) - set(tell.seen) <= {"backupUpload"}
