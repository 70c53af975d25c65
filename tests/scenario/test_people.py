# SPDX-License-Identifier: GPL-2.0-or-later
"""Users and their peers, with real packets; one-time links, opened as their person does."""

import time

import hub
import pytest
from firewall import Firewall
from hub import Api, Refused, warren
from net import HUB4
from pinger import Pinger

OPENVPN = ("--protocol", "openvpn")


@pytest.fixture
def acme(tenant):
    made = tenant()
    made.firewall = Firewall(made)
    return made


def _pings(target, *members):
    return [member.house.pings(target, 1) for member in members]


# ---- users ----


@pytest.mark.core
def test_rules_by_user_follow_names_and_groups(acme):
    acme.user("anna")
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", "--user", "anna")
    phone = acme.client("phone", "--user", "ANNA")
    guest = acme.client("guest", "--group", "staff")
    acme.take_profiles()
    target = office.host.address
    for member in (laptop, phone, guest):
        assert member.house.reaches(target)
    rule = acme.firewall.add("deny", source="user:anna", target="site:office")
    assert _pings(target, laptop, phone, guest) == [0, 0, 1]
    # Another name is the same person.
    warren("user", "set", "anna", "--name", "Anna Müller")
    assert acme.firewall.do("show", rule["id"])["from"] == "user:Anna Müller"
    assert _pings(target, laptop, phone, guest) == [0, 0, 1]
    # Whose it is decides.
    phone.do("set", "--user", "none")
    assert _pings(target, laptop, phone) == [0, 1]
    phone.do("set", "--user", "Anna Müller")
    assert _pings(target, laptop, phone) == [0, 0]
    # A group of the user is one of its peers', beside their own.
    acme.firewall.do("set", rule["id"], "--from", "group:staff")
    assert _pings(target, laptop, phone, guest) == [1, 1, 0]
    changed = warren("user", "set", "Anna Müller", "--group", "staff")
    assert changed["pending"] == []
    assert _pings(target, laptop, phone, guest) == [0, 0, 0]
    assert phone.show()["user_groups"] == ["staff"] and phone.show()["groups"] == []
    warren("user", "set", "Anna Müller", "--group", "none")
    assert _pings(target, laptop, phone, guest) == [1, 1, 0]


@pytest.mark.core
def test_disabling_a_user_cuts_all_of_its_peers_at_once(tenant):
    acme, bolt = tenant(), tenant()
    acme.user("anna")
    laptop = acme.client("laptop", "--user", "anna")
    tablet = acme.client("tablet", "--user", "anna", *OPENVPN)
    spare = acme.client("spare", "--user", "anna", "--enabled", "no", up=False)
    other = acme.client("other")
    home = bolt.site("home", "192.168.5.0/24", options=["--user", "anna"])
    hubs = {member: member.tenant.instance["hub_addresses"][0] for member in (laptop, tablet, other, home)}
    for member, address in hubs.items():
        assert member.house.reaches(address, within=15)
    would = warren("user", "disable", "anna", "--dry-run")
    assert len(would["would"]["peers_changed"]) == 3
    with Pinger(other.house, hubs[other]) as bystander, Pinger(laptop.house, hubs[laptop]) as pinger:
        before = time.monotonic()
        said = warren("user", "disable", "anna")
        took = time.monotonic() - before
        time.sleep(1)
    assert said["pending"] == [] and said["peers"]["enabled"] == 0 and took < 3
    assert pinger.received and pinger.lost * pinger.interval > 0.7, pinger
    assert bystander.lost == 0, bystander
    for member in (laptop, tablet, home):
        assert member.house.pings(hubs[member], 1) == 0
    with pytest.raises(Refused) as refused:
        laptop.do("enable")
    assert "user" in refused.value.text
    # Back is who was in, and nobody else.
    said = warren("user", "enable", "anna")
    assert {peer["name"] for peer in said["peers_changed"]} == {"laptop", "tablet", "home"}
    assert not spare.show()["enabled"]
    laptop.take_profile()
    assert laptop.house.reaches(hubs[laptop], within=15)
    assert home.house.reaches(hubs[home], within=30)
    audited = {entry["action"] for entry in warren("audit", "list", "--object", f"instance/{bolt.id}")["items"]}
    assert {"peer.disable", "peer.enable"} <= audited


def test_deleting_a_user_says_what_becomes_of_its_peers(acme):
    office = acme.site("office", "192.168.10.0/24")
    acme.user("anna")
    laptop = acme.client("laptop", "--user", "anna")
    acme.take_profiles()
    rule = acme.firewall.add("deny", source="user:anna", target="site:office")
    assert laptop.house.pings(office.host.address) == 0
    with pytest.raises(Refused) as refused:
        warren("user", "delete", "anna")
    assert "--peers" in refused.value.text or "peers=" in refused.value.text
    warren("user", "delete", "anna", "--peers", "keep")
    # The rule is about nobody now.
    assert laptop.house.reaches(office.host.address)
    assert acme.firewall.do("show", rule["id"])["from"] == "user:(deleted)"
    acme.user("bert")
    laptop.do("set", "--user", "bert")
    warren("user", "delete", "bert", "--peers", "disable")
    assert laptop.house.pings(office.host.address) == 0
    assert not laptop.show()["enabled"] and laptop.show()["user"] is None
    acme.user("carl")
    laptop.do("set", "--user", "carl")
    warren("user", "delete", "carl", "--peers", "delete")
    with pytest.raises(Refused):
        laptop.show()


# ---- one-time links ----


def _open(token, pin=None):
    with Api() as api:
        return api.ask("POST", "/links/open", {"token": token} | ({"pin": pin} if pin else {}))


def _type(answer):
    return answer["body"]["type"].rsplit("/", 1)[1]


@pytest.mark.core
def test_a_link_brings_a_device_up(acme):
    laptop = acme.client("laptop", up=False)
    made = warren("link", "add", acme.name, "laptop", "--uses", 2, "--pin", "47-11")
    token = made["url"].rsplit("/", 1)[1]
    assert made["url"] == f"https://{HUB4}/get/{token}" and len(token) == 32
    assert _type(_open(token)) == "link-pin-needed"
    assert _open(token, "0000")["body"]["tries_left"] == 4
    opened = _open(token.upper(), "47-11")["body"]
    assert opened["uses_left"] == 1 and opened["peer"]["name"] == "laptop"
    laptop.device.up(opened["formats"][0]["content"])
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    # What was opened stays opened, whatever dies.
    hub.kill("warren-engine")
    assert hub.wait_until(hub.answers, 20)
    assert _open(token, "47-11")["status"] == 200
    assert _type(_open(token, "47-11")) == "link-used-up"
    assert warren("link", "list", "--instance", acme.name)["items"][0]["state"] == "used-up"
    actions = [entry["action"] for entry in warren("audit", "list", "--object", f"instance/{acme.id}")["items"]]
    assert actions.count("link.open") == 2 and "link.refuse" in actions and "link.add" in actions
    # Nowhere at rest.
    assert token.encode() not in b"".join(path.read_bytes() for path in hub.STATE.iterdir() if path.is_file())


def test_a_link_says_what_became_of_its_peer(acme):
    acme.client("laptop", up=False)
    token = warren("link", "add", acme.name, "laptop", "--expires", "2s")["token"]
    time.sleep(2.1)
    assert _type(_open(token)) == "link-expired"
    token = warren("link", "add", acme.name, "laptop")["token"]
    warren("peer", "disable", acme.name, "laptop")
    assert _type(_open(token)) == "link-peer-disabled"
    warren("peer", "enable", acme.name, "laptop")
    warren("peer", "rekey", acme.name, "laptop")
    assert _type(_open(token)) == "link-rekeyed"
    made = warren("link", "add", acme.name, "laptop")
    token = made["token"]
    warren("peer", "delete", acme.name, "laptop")
    assert _type(_open(token)) == "link-peer-deleted"
    [deleted] = [each for each in warren("link", "list", "--instance", acme.name)["items"] if each["id"] == made["id"]]
    assert deleted["state"] == "peer-deleted" and deleted["peer"] is None
    warren("link", "delete", deleted["id"])
    assert _type(_open(token)) == "link-unknown"
