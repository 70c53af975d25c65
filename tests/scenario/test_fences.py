# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not pass; each is first shown to pass where it may."""

import hub
import net
import pytest
import tcp

METADATA = "169.254.169.254"
NOWHERE = "10.200.0.1"


@pytest.fixture
def phone(tenant):
    """A client that sends everything into its tunnel."""
    acme = tenant()
    member = acme.client("phone", "--full-tunnel", up=False)
    return member


def _up(member):
    member.take_profile()
    assert member.house.reaches(net.SERVER4)


@pytest.mark.core
@pytest.mark.kernel
def test_spoofed_source_is_dropped(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    other = acme.client("other", up=False)
    assert laptop.house.reaches(office.host.address)
    office.host.count_packets("in", "icmp", "type", "echo-request")
    for spoofed in (other.address, "192.168.10.77", "203.0.113.77", acme.instance["hub_addresses"][0]):
        laptop.house.run("ip", "addr", "add", f"{spoofed}/32", "dev", laptop.device.link)
        assert laptop.house.pings(office.host.address, source=spoofed) == 0
        laptop.house.run("ip", "addr", "del", f"{spoofed}/32", "dev", laptop.device.link)
    assert office.host.counted("in") == 0
    assert laptop.house.reaches(office.host.address)
    assert office.host.counted("in") > 0


def test_site_cannot_send_from_a_network_it_does_not_have(tenant):
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", up=False)
    two = acme.site("two", "192.168.20.0/24", up=False)
    acme.take_profiles()
    assert one.host.reaches(two.host.address)
    one.host.run("ip", "addr", "add", "192.168.30.10/32", "dev", "eth0")
    one.house.run("ip", "route", "add", "192.168.30.10/32", "dev", "lan0")
    two.host.count_packets("in", "ip", "saddr", "192.168.30.10")
    assert one.host.pings(two.host.address, source="192.168.30.10") == 0
    assert two.host.counted("in") == 0


def test_hub_itself_is_out_of_reach(tenant, phone, internet):
    with tcp.Listener(internet.hub, "0.0.0.0", 8080), tcp.Listener(internet.hub, "::", 8081):
        assert phone.house.pings(net.HUB4) == 2 and phone.house.pings(net.HUB6) == 2
        assert tcp.connects(phone.house, net.HUB4, 8080)
    _up(phone)
    # The device has a network in common with the hub, which would not go into the tunnel by itself.
    link = phone.device.link
    uplinks = internet.hub.routes("addr", "show", "dev", f"wru-{phone.tenant.id}")[0]["addr_info"]
    addresses = [net.HUB4, net.HUB6, *(entry["local"] for entry in uplinks if entry["scope"] == "global")]
    assert len(addresses) >= 3
    with tcp.Listener(internet.hub, "0.0.0.0", 8080), tcp.Listener(internet.hub, "::", 8081):
        for address in addresses:
            assert phone.house.pings(address, source=link) == 0, address
            assert not tcp.connects(phone.house, address, 8081 if ":" in address else 8080, link), address
        # Its address inside answers a ping, and nothing else.
        for address in phone.tenant.instance["hub_addresses"]:
            assert phone.house.reaches(address), address
            assert not tcp.connects(phone.house, address, 8081 if ":" in address else 8080, link), address


def test_metadata_address_is_out_of_reach(phone, internet):
    internet.gateway.run("ip", "addr", "add", f"{METADATA}/32", "dev", "br0")
    internet.hub.run("ip", "route", "add", f"{METADATA}/32", "via", net.GATEWAY4)
    internet.gateway.count_packets("metadata", "ip", "daddr", METADATA)
    try:
        assert internet.hub.pings(METADATA) == 2
        before = internet.gateway.counted("metadata")
        assert before == 2
        _up(phone)
        assert phone.house.pings(METADATA) == 0
        assert internet.gateway.counted("metadata") == before
    finally:
        internet.gateway.uncount()
        internet.hub.run("ip", "route", "del", f"{METADATA}/32")
        internet.gateway.run("ip", "addr", "del", f"{METADATA}/32", "dev", "br0")


def test_unknown_private_destination_never_leaves(phone, internet):
    private = [NOWHERE, "172.20.1.1", "192.168.77.1", "100.64.3.3", "fd12:3456::1"]
    internet.gateway.count_packets("leak4", "ip", "daddr", "{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 }")
    internet.gateway.count_packets("leak6", "ip6", "daddr", "fc00::/7")
    try:
        # From the hub's own namespace it would leave.
        internet.hub.pings(NOWHERE)
        internet.hub.pings("fd12:3456::1")
        before = internet.gateway.counted("leak4"), internet.gateway.counted("leak6")
        assert before[0] > 0 and before[1] > 0
        _up(phone)
        for address in private:
            assert phone.house.pings(address) == 0
        assert (internet.gateway.counted("leak4"), internet.gateway.counted("leak6")) == before
        said = phone.house.run("ping", "-n", "-c", "1", "-W", "1", NOWHERE, check=False).stdout
        assert "nreachable" in said
    finally:
        internet.gateway.uncount()


def test_other_tenant_is_out_of_reach(tenant, phone):
    other = tenant()
    site = other.site("office", "192.168.44.0/24")
    target = other.client("target")
    assert target.house.reaches(site.host.address)
    _up(phone)
    target.house.count_packets("in", "icmp", "type", "echo-request")
    inside = net.Namespace(other.namespace, make=False).routes("addr", "show", "dev", "up0")[0]["addr_info"]
    addresses = [*target.addresses, *other.instance["hub_addresses"], site.host.address]
    addresses += [entry["local"] for entry in inside if entry["scope"] == "global"]
    for address in addresses:
        assert phone.house.pings(address) == 0, address
    assert target.house.counted("in") == 0


def test_client_to_client_off(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    one, two = acme.client("one"), acme.client("two")
    hub.warren("instance", "set", acme.name, "--client-to-client", "yes")
    assert one.house.reaches(two.address) and one.house.reaches(two.addresses[1])
    hub.warren("instance", "set", acme.name, "--client-to-client", "no")
    assert one.house.pings(two.address) == 0 and one.house.pings(two.addresses[1]) == 0
    assert one.house.reaches(office.host.address)
    hub.warren("instance", "set", acme.name, "--client-to-client", "yes")
    assert one.house.reaches(two.address) and one.house.reaches(two.addresses[1])
