# SPDX-License-Identifier: GPL-2.0-or-later
"""A peer's life: overlap, disable, enable, expiry, new keys, deletion, and what the hub says of it."""

import pathlib
import time

import hub
import net
import pytest
from hub import Refused, warren
from pinger import Pinger
from residue import difference, snapshot


def _peer_keys(tenant):
    inside, name = hub.device(tenant.id)
    return set(net.run(*inside, "wg", "show", name, "peers").stdout.split())


def test_overlap_is_refused_and_names_the_peer(tenant):
    acme = tenant()
    acme.site("office", "192.168.10.0/24", up=False)
    with pytest.raises(Refused) as refused:
        acme.site("other", "192.168.10.128/25", up=False)
    assert refused.value.status == 1 and "office" in refused.value.text
    assert [peer["name"] for peer in warren("peer", "list", acme.name)["items"]] == ["office"]
    # A disabled peer holds nothing; enabling it asks again.
    warren("peer", "disable", acme.name, "office")
    warren("peer", "add", acme.name, "other", "--site", "--subnet", "192.168.10.128/25")
    with pytest.raises(Refused) as refused:
        warren("peer", "enable", acme.name, "office")
    assert "other" in refused.value.text
    warren("peer", "delete", acme.name, "other", "--yes")
    assert warren("peer", "enable", acme.name, "office")["enabled"]


@pytest.mark.core
@pytest.mark.kernel
def test_disable_cuts_at_once_and_enable_brings_back(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    assert laptop.house.reaches(office.host.address)
    assert laptop.device.public_key() in _peer_keys(acme)
    with Pinger(laptop.house, office.host.address) as pinger:
        assert laptop.do("disable")["enabled"] is False
        time.sleep(1)
        pinger.stop()
    assert pinger.received > 0 and pinger.sent - pinger.received >= 15, pinger
    assert laptop.house.pings(office.host.address) == 0
    assert laptop.device.public_key() not in _peer_keys(acme)
    assert laptop.do("enable")["enabled"] is True
    assert laptop.house.reaches(office.host.address, within=10)


def test_enable_brings_back_who_was_there_for_a_moment(tenant):
    """The hub calls the device where it was last seen, also when that was just before it was disabled."""
    acme = tenant()
    laptop = acme.client("laptop")
    address = acme.instance["hub_addresses"][0]
    for _ in range(5):
        assert laptop.house.reaches(address)
        laptop.do("disable")
        assert laptop.house.pings(address, 1) == 0
        laptop.do("enable")
        assert laptop.house.reaches(address, within=5)
        laptop.do("rekey")
        laptop.take_profile()


@pytest.mark.core
@pytest.mark.kernel
def test_expiry_is_kept_by_the_kernel(tenant):
    """With every process of Warren dead, the peer's time ends all the same, also for a ping that runs."""
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    guest = acme.client("guest", "--expires", f"{12 * net.SLOW:.0f}s")
    added = time.monotonic()
    assert guest.peer["expires_at"] and not guest.peer["expired"]
    assert guest.house.reaches(office.host.address)
    assert len(hub.kill(*hub.ROLES)) >= 4
    with Pinger(guest.house, office.host.address) as pinger:
        time.sleep(max(0.0, added + 8 * net.SLOW - time.monotonic()))
        assert guest.house.pings(office.host.address) == 2
        time.sleep(max(0.0, added + 14 * net.SLOW - time.monotonic()))
        pinger.stop()
    assert not hub.processes(), "nothing of Warren may run for this"
    assert pinger.received > 0 and pinger.gap >= 1, pinger
    assert guest.house.pings(office.host.address) == 0
    hub.start()
    assert hub.active(acme.name)
    shown = guest.show()
    assert shown["expired"] and not shown["enabled"]
    assert guest.device.public_key() not in _peer_keys(acme)
    # Enabled again it needs a new time.
    with pytest.raises(Refused):
        guest.do("enable")
    assert guest.do("enable", "--expires", "1h")["enabled"]
    # Its endpoint was forgotten with the processes: the device's own timers find the way, after 15 s.
    assert guest.house.reaches(office.host.address, within=25)


def test_expiry_while_the_hub_runs(tenant):
    acme = tenant()
    guest = acme.client("guest", "--expires", "5s")
    address = acme.instance["hub_addresses"][0]
    assert guest.house.reaches(address)
    assert hub.wait_until(lambda: guest.show()["expired"], 8)
    assert guest.house.pings(address) == 0
    assert guest.device.public_key() not in _peer_keys(acme)
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"] if event.get("peer_id") == guest.peer["id"]]
    assert "peer.expired" in kinds


def test_expiry_can_be_put_off_and_taken_away(tenant):
    acme = tenant()
    guest = acme.client("guest", "--expires", "6s")
    address = acme.instance["hub_addresses"][0]
    assert guest.house.reaches(address)
    with Pinger(guest.house, address) as pinger:
        guest.do("set", "--expires", "1h")
        time.sleep(7)
        pinger.stop()
    assert pinger.lost == 0, pinger
    assert guest.do("set", "--expires", "never")["expires_at"] is None
    assert guest.house.pings(address) == 2


def test_rekey_stops_the_old_profile(tenant):
    acme = tenant()
    laptop = acme.client("laptop")
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address)
    old = laptop.show()["public_key"]
    changed = laptop.do("rekey")
    assert changed["public_key"] != old and changed["addresses"] == laptop.addresses
    assert laptop.house.pings(address) == 0
    assert old not in _peer_keys(acme)
    assert laptop.show()["profile_stale"]
    laptop.take_profile()
    assert laptop.house.reaches(address)
    assert not laptop.show()["profile_stale"]


def test_forget_key(tenant):
    acme = tenant()
    laptop = acme.client("laptop")
    assert laptop.show()["private_key_held"]
    assert "PrivateKey = " in laptop.profile()
    private = laptop.device.house.run("wg", "show", laptop.device.link, "private-key").stdout.strip()
    laptop.do("forget-key")
    assert laptop.show()["private_key_held"] is False
    assert private not in laptop.profile()
    # The device goes on.
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])


def test_own_public_key(tenant):
    acme = tenant()
    private = net.run("wg", "genkey").stdout.strip()
    public = net.run("wg", "pubkey", input=private + "\n").stdout.strip()
    laptop = acme.client("laptop", "--public-key", public, up=False)
    assert laptop.peer["public_key"] == public and laptop.peer["private_key_held"] is False
    profile = laptop.profile()
    assert private not in profile
    lines = [line for line in profile.splitlines() if "PrivateKey" not in line]
    lines.insert(lines.index("[Interface]") + 1, f"PrivateKey = {private}")
    laptop.device.up("\n".join(lines) + "\n")
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])


@pytest.mark.core
@pytest.mark.kernel
def test_delete_leaves_nothing_behind(hub, internet, tenant):
    before = snapshot()
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24", "fd99:1::/64")
    laptop = acme.client("laptop", "--full-tunnel")
    assert laptop.house.reaches(office.host.address)
    grown = difference(before, snapshot())
    assert grown["links"] and grown["namespaces"] and grown["rules"] and grown["processes"]
    laptop.do("delete", "--yes")
    assert laptop.device.public_key() not in _peer_keys(acme)
    acme.close()
    assert hub.wait_until(lambda: not difference(before, snapshot()), 5), difference(before, snapshot())


def _udp_ports():
    """That are open in the hub's own namespace."""
    found = set()
    for name in ("udp", "udp6"):
        for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            found.add(int(line.split()[1].split(":")[1], 16))
    return found


@pytest.mark.core
def test_deleted_instance_is_gone_at_once(tenant):
    """Its port with it: the next instance is given the same."""
    acme = tenant()
    laptop = acme.client("laptop")
    address, port = acme.instance["hub_addresses"][0], acme.instance["wireguard"]["port"]
    assert laptop.house.reaches(address) and port in _udp_ports()
    assert warren("instance", "delete", acme.name, "--yes")["deleted"]
    assert port not in _udp_ports()
    assert laptop.house.pings(address) == 0
    other = tenant()
    assert other.instance["wireguard"]["port"] == port
    assert hub.active(other.name)
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"] if event["instance_id"] == other.id]
    assert "instance.failed" not in kinds
    assert other.client("laptop").house.reaches(other.instance["hub_addresses"][0])


def test_figures(tenant):
    acme = tenant()
    laptop = acme.client("laptop", up=False)
    shown = laptop.show()
    assert not shown["connected"] and shown["last_handshake"] is None and shown["rx_bytes"] == 0
    laptop.take_profile()
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    laptop.house.run("ping", "-n", "-q", "-i", "0.01", "-c", "50", "-s", "1000", acme.instance["hub_addresses"][0])
    shown = hub.wait_until(lambda: _moved(laptop, 50_000), 12)
    assert shown["connected"] and shown["connected_since"] and shown["last_handshake"]
    assert shown["connected_from"].split(":")[0] == laptop.house.address4
    assert shown["rx_bytes"] >= 50_000 and shown["tx_bytes"] >= 50_000
    assert acme.show()["peers"]["connected"] == 1


def _moved(member, size):
    shown = member.show()
    return shown if shown["rx_bytes"] >= size and shown["connected"] else None


def test_bytes_never_go_backwards(tenant):
    """Not across a link that is made anew, nor across a new start of the hub."""
    acme = tenant()
    laptop = acme.client("laptop")
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address)
    laptop.house.run("ping", "-n", "-q", "-i", "0.01", "-c", "50", "-s", "1000", address)
    seen = hub.wait_until(lambda: _moved(laptop, 50_000), 12)
    assert seen
    hub.lose_link(acme.id)
    assert laptop.house.reaches(address)
    readings = [seen]
    deadline = time.monotonic() + 7
    while time.monotonic() < deadline:
        readings.append(laptop.show())
        time.sleep(0.5)
    hub.stop()
    hub.start()
    hub.active(acme.name)
    readings.append(laptop.show())
    laptop.house.run("ping", "-n", "-q", "-i", "0.01", "-c", "50", "-s", "1000", address)
    readings.append(hub.wait_until(lambda: _moved(laptop, readings[-1]["rx_bytes"] + 50_000), 12))
    for field in ("rx_bytes", "tx_bytes"):
        values = [reading[field] for reading in readings]
        assert values == sorted(values), (field, values)


def test_stale_profile_says_why(tenant):
    acme = tenant("--dns", "9.9.9.9")
    laptop = acme.client("laptop")
    assert laptop.device.resolvers() == acme.show()["hub_addresses"]
    shown = laptop.show()
    assert shown["profile_issued_at"] and not shown["profile_stale"] and shown["profile_stale_reasons"] == []
    office = acme.site("office", "192.168.10.0/24")
    shown = laptop.show()
    assert shown["profile_stale"] and len(shown["profile_stale_reasons"]) == 1
    assert "networks" in shown["profile_stale_reasons"][0]
    # Whom the hub asks is nothing to the device, which asks the hub.
    warren("instance", "set", acme.name, "--dns", "8.8.8.8", "--mtu", "1380")
    assert len(laptop.show()["profile_stale_reasons"]) == 2
    warren("instance", "set", acme.name, "--dns", "none")
    assert len(laptop.show()["profile_stale_reasons"]) == 3
    laptop.take_profile()
    assert laptop.show()["profile_stale"] is False
    assert "DNS" not in laptop.profile()
    assert laptop.house.reaches(office.host.address)


def test_freed_address_rests(tenant):
    acme = tenant()
    first = acme.client("first", up=False).peer
    warren("peer", "delete", acme.name, "first", "--yes")
    second = acme.client("second", up=False).peer
    assert not set(first["addresses"]) & set(second["addresses"])
