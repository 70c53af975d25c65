# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes through an instance, shown first not to pass without it."""

import re
import subprocess
import time

import hub
import net
import pytest
import tcp


@pytest.mark.core
def test_site_to_site(tenant):
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", up=False)
    two = acme.site("two", "192.168.20.0/24", up=False)
    assert one.host.pings(two.host.address) == 0
    one.take_profile()
    two.take_profile()
    assert one.host.reaches(two.host.address)
    assert two.host.reaches(one.host.address)


@pytest.mark.core
def test_client_to_site(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", up=False)
    assert laptop.house.pings(office.host.address) == 0
    laptop.take_profile()
    assert laptop.house.reaches(office.host.address)
    assert office.host.reaches(laptop.address)


def test_ipv6_inside_and_outside(tenant):
    acme = tenant()
    office = acme.site("office", "fd99:1::/64", "192.168.10.0/24")
    laptop = acme.client("laptop", up=False)
    assert laptop.house.pings(office.host.address) == 0
    laptop.take_profile()
    assert laptop.house.reaches(office.host.address)
    assert laptop.house.reaches(office.addresses[1])
    # The same profile with the hub's IPv6 address as its endpoint.
    over6 = laptop.profile().replace(f"Endpoint = {net.HUB4}:", f"Endpoint = [{net.HUB6}]:")
    assert net.HUB6 in over6
    laptop.device.up(over6)
    assert laptop.house.reaches(office.host.address)
    assert laptop.house.reaches(acme.instance["hub_addresses"][1])


@pytest.mark.kernel
def test_full_tunnel_reaches_the_internet_as_the_hub(tenant, internet):
    acme = tenant()
    phone = acme.client("phone", "--full-tunnel", up=False)
    internet.server.count_packets("hub4", "ip", "saddr", net.HUB4, "icmp", "type", "echo-request")
    internet.server.count_packets("hub6", "ip6", "saddr", net.HUB6, "icmpv6", "type", "echo-request")
    try:
        assert phone.house.pings(net.SERVER4) == 2 and phone.house.pings(net.SERVER6) == 2
        assert internet.server.counted("hub4") == 0 and internet.server.counted("hub6") == 0
        phone.take_profile()
        assert phone.house.reaches(net.SERVER4) and phone.house.reaches(net.SERVER6)
        assert internet.server.counted("hub4") > 0 and internet.server.counted("hub6") > 0
    finally:
        internet.server.uncount()


def test_split_tunnel_stays_off_the_internet(tenant, internet):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", up=False)
    profile = laptop.profile()
    assert not re.search(r"AllowedIPs = .*0\.0\.0\.0/0", profile)
    # Not even for one who edits the profile.
    edited = re.sub(r"AllowedIPs = .*", "AllowedIPs = 0.0.0.0/0, ::/0", profile)
    laptop.device.up(edited)
    assert laptop.house.reaches(office.host.address)
    assert laptop.house.pings(net.SERVER4) == 0 and laptop.house.pings(net.SERVER6) == 0
    # The very same file works once the hub allows it.
    laptop.do("set", "--full-tunnel", "yes")
    assert laptop.house.reaches(net.SERVER4) and laptop.house.reaches(net.SERVER6)


def test_pushed_network_through_the_hub(tenant, internet):
    acme = tenant()
    laptop = acme.client("laptop")
    internet.server.count_packets("hub4", "ip", "saddr", net.HUB4, "icmp", "type", "echo-request")
    try:
        assert laptop.house.reaches(net.SERVER4) and internet.server.counted("hub4") == 0
        hub_changed = laptop.profile()
        hub.warren("instance", "set", acme.name, "--push", "203.0.113.0/24")
        assert laptop.profile() != hub_changed
        laptop.take_profile()
        assert laptop.house.reaches(net.SERVER4) and internet.server.counted("hub4") > 0
    finally:
        internet.server.uncount()


@pytest.mark.core
@pytest.mark.kernel
def test_two_tenants_with_the_same_networks(tenant):
    """Both work, each with its own; neither sees the other's."""
    pairs = []
    for name in ("red", "blue"):
        each = tenant("--network", "10.99.0.0/24", name=name)
        pairs.append((each, each.site("office", "192.168.88.0/24"), each.client("laptop")))
    (_, red_office, red_laptop), (_, blue_office, blue_laptop) = pairs
    assert red_laptop.address == blue_laptop.address
    assert red_office.host.address == blue_office.host.address
    for office in (red_office, blue_office):
        office.host.count_packets("in", "icmp", "type", "echo-request")
    assert red_laptop.house.reaches(red_office.host.address)
    assert red_office.host.counted("in") > 0 and blue_office.host.counted("in") == 0
    before = red_office.host.counted("in")
    assert blue_laptop.house.reaches(blue_office.host.address)
    assert blue_office.host.counted("in") > 0 and red_office.host.counted("in") == before


@pytest.mark.kernel
def test_tcp_stream_is_intact_and_its_mss_fits(tenant, measured):
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", up=False)
    two = acme.site("two", "192.168.20.0/24", up=False)
    acme.take_profiles()
    assert one.host.reaches(two.host.address)
    dumps = [
        host.start("tcpdump", "-n", "-v", "-c", "1", "-i", "eth0", f"tcp dst port {tcp.PORT} and tcp[13] = 2",
                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        for host in (one.host, two.host)
    ]
    # Not before both watch.
    time.sleep(1)
    stream = tcp.Stream(one.host, two.host, two.host.address, 20_000_000)
    assert stream.finish()
    near, far = (int(re.search(r"mss (\d+)", dump.communicate(timeout=10)[0])[1]) for dump in dumps)
    measured(f"{stream.rate:.0f} Mbit/s")
    assert near == 1460
    assert far == acme.instance["mtu"] - 40


def test_tcp_over_ipv6(tenant):
    acme = tenant()
    office = acme.site("office", "fd99:1::/64")
    laptop = acme.client("laptop")
    assert laptop.house.reaches(office.host.address)
    assert tcp.Stream(laptop.house, office.host, office.host.address, 2_000_000).finish()
