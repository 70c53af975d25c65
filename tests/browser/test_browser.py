# SPDX-License-Identifier: GPL-2.0-or-later
"""What people do in a browser, with a real hub, real tunnels, and a camera that is zbarimg."""

import http.server
import os
import re
import signal
import threading

import hub as hub_module
import pytest
from browser import OWNER, browse
from device import Device
from hub import wait_until, warren
from net import HUB4, run


SECONDS_A_STEP = 10  # of somebody who reads it all for the first time


def _scanned(shot):
    """What a phone's camera reads off the screen."""
    return run("zbarimg", "--quiet", "--raw", shot).stdout


def test_from_the_first_start_to_a_phone_in_the_vpn(hub, internet, measured):
    """First of all: a hub has its first start once."""
    link = warren("setup", "link")["link"]
    phone = Device(internet, "phone")

    def scan(shot):
        phone.up(_scanned(shot))
        return phone.house.pings(HUB4)

    try:
        done = browse("wizard", {"scan": scan}, link=link, region="Graz", reached=HUB4, instance="First", peer="phone", **OWNER)
        peer = warren("peer", "show", "First", "phone")
        assert peer["connected"] and peer["route_all"]
        assert warren("status")["region"] == "Graz" and warren("status")["public_name"] == HUB4
    finally:
        phone.close()
        warren("instance", "delete", "First", "--yes")
    assert done["found"] == []
    assert "#" not in done["address"], "the link's token stays in no history"
    person = done["steps"] * SECONDS_A_STEP
    measured(f"set-up in {done['steps']} steps, {done['seconds']:.1f} s of the browser's; a person's with {person} s of reading and typing")
    assert done["steps"] <= 12
    assert done["seconds"] + person < 180


@pytest.fixture
def acme(tenant):
    acme = tenant(name="Acme")
    acme.site("office", "192.168.88.0/24")
    acme.user("anna", "--group", "it")
    acme.client("laptop", "--user", "anna", "--group", "staff")
    warren("peer", "add", "Acme", "tablet", "--client", "--protocol", "openvpn")
    warren("peer", "add", "Acme", "guest", "--client", "--expires", "2d", "--enabled", "no")
    for rule in (["allow", "--from", "group:staff"], ["deny", "--from", "laptop", "--to", "site:office", "--protocol", "udp"], ["deny", "--to", "10.20.0.0/16"]):
        warren("firewall", "add", "Acme", *rule)
    return acme


def _pages(acme):
    base = f"/instances/{acme.id}"
    peer = warren("peer", "show", "Acme", "laptop")["id"]
    site = warren("peer", "show", "Acme", "office")["id"]
    return {
        "overview": "/",
        "instances": "/instances",
        "instance-add": "/instances/new",
        "instance": base,
        "peers": f"{base}/peers",
        "peer": f"{base}/peers/{peer}",
        "peer-profile": f"{base}/peers/{peer}?new=1",
        "site-profile": f"{base}/peers/{site}?new=1",
        "peer-add": f"{base}/peers/new",
        "firewall": f"{base}/firewall",
        "explain": f"{base}/explain?from=laptop&to=192.168.88.7&port=53&protocol=udp",
        "dns": f"{base}/dns",
        "traffic": f"{base}/traffic",
        "settings-of-it": f"{base}/settings",
        "users": "/users",
        "user": f"/users/{acme.users[0]}",
        "admins": "/admins",
        "tokens": "/tokens",
        "sessions": "/sessions",
        "account": "/account",
        "audit": "/audit",
        "settings": "/settings",
        "backups": "/settings/backups",
        "certificate": "/settings/certificate",
        "machine": "/settings/machine",
        "about": "/about",
        "nowhere": "/nowhere",
    }


# What nobody translates: how the kernel is asked, and words of the program itself.
UNTRANSLATED = re.compile(r"uid \d+|no_new_privs|^audit: .*unix socket|^explain: .*group:staff")


# How many looks each page is worth: wide and on a phone, in English in light and in dark.
@pytest.mark.parametrize("language, looks", [("en", 4), ("de", 2)])
def test_every_page_wide_and_on_a_phone(box, acme, owner, language, looks):
    pages, open_to_all = _pages(acme), {"sign-in": "/sign-in", "get": f"/get/{'a' * 32}"}
    box.become_appliance()
    done = browse("every_page", pages=pages, open=open_to_all, language=language, **owner)
    assert done["seen"], "the check does not see what lies upon something else, or what is asked elsewhere"
    assert done["found"] == [], "\n".join(done["found"])
    foreign = [line for line in done["foreign"] if not UNTRANSLATED.search(line)]
    assert foreign == [], "\n".join(foreign)
    assert done["looked"] == looks * (len(pages) + len(open_to_all))


def test_the_main_path_by_keyboard_alone(hub, acme, owner):
    try:
        browse("by_keyboard", instance="Typed", peer="typed", ruled=acme.id, **owner)
        assert warren("peer", "show", "Typed", "typed")["enabled"]
        assert warren("firewall", "list", "Acme")["items"][0]["to"] == "10.20.0.0/16"
    finally:
        hub.cli("instance", "delete", "Typed", "--yes")


def test_a_days_work_by_keyboard_alone(hub, acme, owner):
    done = browse("admin_by_keyboard", instance=acme.id, **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["guarded"], "an instance is deleted before its name is typed"
    assert warren("instance", "show", "Acme")["mtu"] == 1400
    assert len(warren("firewall", "list", "Acme")["items"]) == 3
    [check] = warren("firewall", "check", "list", "Acme")["items"]
    assert check["from"] == "peer:laptop"
    assert "otto" not in [each["name"] for each in warren("admin", "list")["items"]]


def test_the_engine_killed_while_a_page_is_open(hub, acme, owner):
    def stop():
        # Stopped, not killed: a killed one is back before a page can say so.
        for pid in hub_module.processes("warren-engine"):
            os.kill(pid, signal.SIGSTOP)
        return {}

    def start():
        hub_module.kill("warren-engine")
        assert wait_until(hub_module.answers, 20)
        return {}

    def add_peer():
        return {"id": warren("peer", "add", "Acme", "added meanwhile", "--client")["id"]}

    done = browse("engine_killed", {"stop": stop, "start": start, "add_peer": add_peer}, instance=acme.id, **owner)
    assert done["kept"] >= 4, "what was shown stays on the screen"


def test_who_may_only_look(hub, acme, owner):
    viewer = {"name": "vera", "password": "looks at everything twice"}
    with hub_module.Api() as api:
        answer = api.ask("POST", "/admins", {**viewer, "role": "auditor"}, checked=False)
        assert answer["status"] == 201, answer
    try:
        pages = _pages(acme)
        done = browse("viewer", pages=pages, forbidden=f"/api/v1/instances/{acme.id}", **viewer)
    finally:
        warren("admin", "delete", viewer["name"])
    assert done["refused"] == 403
    assert warren("instance", "show", "Acme")["state"] == "active"
    shown = {text for texts in done["seen"].values() for text in texts}
    changing = {"Disable", "Enable", "Delete", "Save", "Add rule", "Change", "Delete instance", "Keep as a check"}
    assert not shown & changing, shown & changing


class _Elsewhere(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_):
        pass


def test_a_session_is_not_to_be_stolen_or_used_by_another_site(hub, owner):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8099), _Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def end_sessions():
        with hub_module.Api() as api:
            for session in api.ask("GET", "/sessions", checked=False)["body"]["items"]:
                api.ask("DELETE", f"/sessions/{session['id']}", checked=False)
        return {}

    try:
        done = browse("theft", {"end_sessions": end_sessions}, elsewhere="http://127.0.0.1:8099/", **owner)
    finally:
        server.shutdown()
    assert done["cookies"] == "" and "wrn_" not in done["kept"]
    cookie = done["cookie"]
    assert cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Strict" and cookie["name"] == "__Host-warren"
    assert not [status for status in done["answers"] if status < 400], done["answers"]
    assert "stolen" not in [each["name"] for each in warren("instance", "list")["items"]]


def test_two_people_change_the_same_instance(hub, tenant, owner):
    acme = tenant(name="Acme")
    laptop = acme.client("laptop", "--protocol", "openvpn")
    assert wait_until(lambda: laptop.show()["connected"], 20)

    def change(mtu):
        warren("instance", "set", acme.id, "--mtu", mtu)
        return {}

    def look():
        now = warren("instance", "show", acme.id)
        return {"name": now["name"], "mtu": now["mtu"]}

    done = browse("meanwhile", {"change": change, "look": look}, instance=acme.id, renamed="Acme Renamed", **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert done["told"] == "Name" and done["followed"] == "1400"
    assert done["afterOne"] == {"name": "Acme Renamed", "mtu": 1400}
    assert done["kept"] == "1390" and done["given"] == "1410"


def test_many_pages_of_one_browser(hub, acme, owner):
    def add_peer(name):
        warren("peer", "add", "Acme", name, "--client")
        return {}

    def streams():
        return {"streams": warren("status")["web"]["streams"]}

    pages = [f"/instances/{acme.id}", f"/instances/{acme.id}/settings", "/users", "/audit", "/settings", "/about"]
    done = browse("many_pages", {"add_peer": add_peer, "streams": streams}, pages=pages, **owner)
    assert done["refused"] == [], "a page that nobody is signed in at asks for what is refused"
    assert done["streams"] == 1
    assert max(done["loads"]) < 15000, done["loads"]


def test_a_chart_says_what_is_newest(hub, tenant, owner):
    done = browse("chart", instance=tenant().id, **owner)
    assert done["found"] == [], "\n".join(done["found"])
    assert re.fullmatch(r"Time.*2026.*Received[\d.]+ Mbit/sSent[\d.]+ Mbit/s", done["legend"]), done["legend"]
