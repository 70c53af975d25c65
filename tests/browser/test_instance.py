# SPDX-License-Identifier: GPL-2.0-or-later
"""An instance in a browser: what it shows while packets flow, and a day's work in it with the mouse."""

import os
import re
import signal
import subprocess
import time

import hub as hub_module
import pytest
from browser import browse
from device import Device, OpenvpnDevice
from hub import wait_until, warren
from net import HUB4, run

READY = ["Network of its own", "WireGuard link", "OpenVPN servers", "Way to the internet", "Peers and rules", "Names (DNS)"]


@pytest.fixture
def flowing(tenant):
    """A laptop that sends to an office, all the time."""
    acme = tenant(name="Acme")
    office = acme.site("office", "192.168.88.0/24", options=["--subnet", "192.168.89.0/24"], up=False)
    laptop = acme.client("laptop", "--group", "staff", up=False)
    warren("peer", "add", "Acme", "guest", "--client", "--enabled", "no")
    warren("firewall", "add", "Acme", "allow", "--from", "group:staff", "--to", "site:office")
    acme.take_profiles()
    assert laptop.house.reaches(office.host.address)
    flow = laptop.house.start("ping", "-q", "-i", "0.02", "-s", "900", office.host.address, stdout=subprocess.DEVNULL)
    acme.laptop, acme.office = laptop, office
    yield acme
    flow.kill()
    flow.wait()


def _warrend(number):
    for pid in hub_module.processes("warrend"):
        os.kill(pid, number)
    return {}


def test_what_happens_is_seen_as_it_happens(flowing, owner):
    acme, slow = flowing, "Slowly"

    def connect():
        return {"answered": acme.laptop.house.pings(acme.office.host.address, 1)}

    def minute():
        time.sleep(60 - time.time() % 60 + 2)
        return {}

    handlers = {
        "stop": lambda: _warrend(signal.SIGSTOP),
        "go_on": lambda: _warrend(signal.SIGCONT),
        "disable": lambda: acme.laptop.do("disable"),
        "enable": lambda: acme.laptop.do("enable"),
        "connect": connect,
        "minute": minute,
    }
    try:
        done = browse("live", handlers, instance=acme.id, peer=acme.laptop.peer["id"], slow=slow, **owner)
    finally:
        _warrend(signal.SIGCONT)
        hub_module.cli("instance", "delete", slow, "--yes")
    # What is not done yet is said, and what was.
    ready = done["ready"]
    assert [line.split("not")[0].strip()[: len(name)] for line, name in zip(ready["before"], READY)] == READY
    assert len(ready["before"]) == 6 and ready["before"] != ready["after"]
    assert all("done" in line for line in ready["after"]), ready
    assert not any("done" in line for line in ready["before"][:1]), ready
    drawn = done["drawn"]
    assert "192.168.88.0/24" in drawn["office"] and "192.168.89.0/24" in drawn["office"]
    assert drawn["guest"] == "disabled"
    for text in (drawn["flow"], drawn["now"], done["now"]):
        assert re.search(r"[1-9][\d.]* [kMG]bit/s", text), text
    assert done["counted"]["after"] > done["counted"]["before"]
    # Each span is another question, of the instance and of one peer, and each is drawn with what was there.
    spans = ["hour", "day", "fortnight", "quarter", "two-years"]
    for own in ("instance=" + acme.id, "peer=" + acme.laptop.peer["id"]):
        assert {span for span in spans for each in done["asked"] if own in each and f"span={span}" in each} == set(spans), done["asked"]
    for chart in (done["whole"], done["one"]):
        assert all(re.search(r"Received[\d.]+ [kM]?bit/s", legend) for legend in chart.values()), chart


def test_a_days_work_with_the_mouse(tenant, owner):
    acme = tenant(name="Work")
    acme.site("office", "192.168.88.0/24", up=False)
    acme.user("anna")
    acme.client("laptop", "--user", "anna", "--group", "staff", up=False)
    warren("peer", "add", "Work", "tablet", "--client", "--protocol", "openvpn")
    warren("peer", "add", "Work", "guest", "--client", "--enabled", "no")
    warren("peer", "add", "Work", "spare", "--site", "--subnet", "192.168.88.0/24", "--enabled", "no")
    acme.take_profiles()
    assert wait_until(lambda: all(member.show()["connected"] for member in acme.members), 10)
    warren("firewall", "add", "Work", "allow", "--from", "group:staff", "--comment", "one")
    warren("firewall", "add", "Work", "deny", "--to", "10.20.0.0/16", "--comment", "two")
    warren("firewall", "add", "Work", "deny", "--to", "10.30.0.0/16", "--comment", "three")

    def enabled():
        return sorted(each["name"] for each in warren("peer", "list", "Work")["items"] if each["enabled"])

    def rules():
        return [each["comment"] for each in warren("firewall", "list", "Work")["items"]]

    def resolve(name):
        return warren("instance", "show", acme.id)["dns_custom"]

    def command(command):
        return {"said": run("bash", "-c", command).stdout}

    handlers = {"enabled": enabled, "rules": rules, "resolve": resolve, "command": command}
    done = browse("work", handlers, instance=acme.id, called="Work", **owner)
    assert done["found"] == [], "\n".join(done["found"])
    listed = done["listed"]
    assert listed["all"] == ["guest", "laptop", "office", "spare", "tablet"] and listed["turned"] == listed["all"][::-1]
    assert listed["searched"] == ["laptop"] and sorted(listed["filtered"]) == ["guest", "spare"]
    assert done["disabled"] == ["office"] and done["undone"] == ["laptop", "office", "tablet"]
    assert done["enabled"] == ["guest", "laptop", "office", "tablet"] and done["left"] == ["laptop", "office"]
    assert done["guarded"] and done["kept"], "something is deleted before it is named"
    assert "overlaps" in done["refusal"] and "office" in done["refusal"]
    first, turned = ["one", "two", "three"], ["three", "one", "two"]
    assert done["order"] == [first, turned, turned, first]
    assert "3" in done["planned"] and "1" in done["planned"]
    assert "Denied. By rule 1" in done["tried"][0] and "Allowed." in done["tried"][1] and "default" in done["tried"][1], done["tried"]
    assert done["untouched"] == first
    assert done["before"] == first and done["forced"] == ["", *first], "a change that breaks a check is done before somebody insists"
    breaks = done["breaks"]
    assert breaks["count"] == 1 and breaks["after"] == 0 and breaks["steps"] > 8
    assert "Firewall" in breaks["text"] and "breaks here" in breaks["text"] and breaks["command"].startswith("warren firewall ")
    assert done["resolved"] == ["nas=192.168.88.9"] and done["unresolved"] == []
    assert acme.id not in [each["id"] for each in warren("instance", "list")["items"]]


def test_a_site_and_a_device_are_added_and_turn_green(tenant, internet, owner):
    acme = tenant(name="Acme")
    acme.site("office", "192.168.88.0/24", up=False)
    devices = {"branch": Device(internet, "branch"), "tablet": OpenvpnDevice(internet, "tablet")}

    def bring_up(peer, profile):
        devices[peer].up(profile)
        return {}

    def late_link():
        return {"url": warren("link", "add", "Acme", "tablet", "--expires", "2s")["url"]}

    def scan(shot):
        return run("zbarimg", "--quiet", "--raw", shot).stdout.strip()

    try:
        done = browse("add_peer", {"bring_up": bring_up, "late_link": late_link, "scan": scan}, instance=acme.id, **owner)
    finally:
        for device in devices.values():
            device.close()
    assert done["found"] == [], "\n".join(done["found"])
    site = done["site"]
    assert site["guarded"] and "overlaps" in site["refusal"] and "office" in site["refusal"]
    assert warren("peer", "show", "Acme", "branch")["subnets"] == [site["seenAs"]] and site["seenAs"] != "192.168.88.0/24"
    # A file for each system that a router may be.
    files = site["files"]
    assert set(files) == {"WireGuard file", "RouterOS 7 script"}
    assert files["WireGuard file"]["name"].endswith(".conf") and "[Interface]" in files["WireGuard file"]["text"]
    assert files["RouterOS 7 script"]["name"].endswith(".rsc") and "/interface/wireguard" in files["RouterOS 7 script"]["text"].replace(" ", "/")
    assert "198.51." in site["connected"]
    assert done["file"]["name"].endswith(".ovpn") and "<ca>" in done["file"]["text"]
    assert done["code"].startswith("openvpn://import-profile/https://")
    # Each system has its steps; where OpenVPN Connect is, one press is enough.
    assert len(done["steps"]) >= 5 and all(each["steps"] >= 2 for each in done["steps"].values())
    links = {system: each["open"] for system, each in done["steps"].items()}
    token = done["url"].rsplit("/", 1)[1]
    assert links["Linux"] == [] and len(token) == 32
    for system in links.keys() - {"Linux", "MikroTik"}:
        assert links[system] == [f"openvpn://import-profile/{done['url']}.ovpn"], links


def test_each_way_back_brings_back_what_was_there(tenant, owner):
    acme = tenant(name="Acme")
    user = acme.user("anna")
    laptop = warren("peer", "add", "Acme", "laptop", "--client", "--user", "anna")
    off = warren("peer", "add", "Acme", "off", "--client", "--enabled", "no")
    warren("firewall", "add", "Acme", "deny", "--to", "10.20.0.0/16", "--comment", "one")
    warren("firewall", "add", "Acme", "deny", "--to", "10.30.0.0/16", "--comment", "two")
    warren("firewall", "check", "add", "Acme", "deny", "--from", "laptop", "--to", "10.20.0.1")
    with hub_module.Api() as api:
        made = api.ask("POST", "/admins", {"name": "erin", "role": "auditor", "password": "looks at everything twice"})
        assert made["status"] == 201, made

    def look():
        """All that a person could change here, but for what is another one's each time: ids, times, counters."""
        kept = {
            "instance": (warren("instance", "show", "Acme"), ["mtu", "name"]),
            "peers": (warren("peer", "list", "Acme")["items"], ["name", "enabled", "keepalive", "user"]),
            "rules": (warren("firewall", "list", "Acme")["items"], ["action", "from", "to", "comment", "enabled", "position"]),
            "checks": (warren("firewall", "check", "list", "Acme")["items"], ["expect", "from", "to", "protocol"]),
            "user": (warren("user", "show", user["id"]), ["name", "enabled"]),
            "admins": (warren("admin", "list")["items"], ["name", "role", "enabled"]),
        }
        shape = lambda one, fields: [one[field] for field in fields]
        return {name: [shape(each, fields) for each in what] if isinstance(what, list) else shape(what, fields) for name, (what, fields) in kept.items()}

    try:
        done = browse("undo", {"look": look}, instance=acme.id, peer=laptop["id"], off=off["id"], user=user["id"], admin="erin", **owner)["done"]
    finally:
        warren("admin", "delete", "erin")
    assert len(done) == 12
    for name, seen in done.items():
        assert seen["after"] != seen["before"], f"{name}: nothing was done"
        assert seen["back"] == seen["before"], f"{name}: {seen}"
