# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers over OpenVPN, alone and beside WireGuard: the real openvpn on both sides."""

import os
import signal
import time

import hub
import net
import pytest
import tcp
from agreement import disagreements
from hub import Refused, warren
from pinger import Pinger
from residue import difference, snapshot

OPENVPN = ("--protocol", "openvpn")


def _options(protocol):
    return OPENVPN if protocol == "openvpn" else ()


def _servers(acme):
    """The hub's own openvpn processes of the instance: pid -> words."""
    inside = net.run("ip", "netns", "pids", acme.namespace).stdout.split()
    return {pid: words for pid, words in hub.processes("openvpn").items() if str(pid) in inside}


def _over(profile, transport):
    """The profile with one of its ways alone."""
    other = "tcp" if transport == "udp" else "udp"
    lines = [line for line in profile.splitlines() if not (line.startswith("remote ") and line.endswith(other))]
    assert any(line.startswith("remote ") for line in lines)
    return "\n".join(lines) + "\n"


@pytest.mark.core
@pytest.mark.kernel
@pytest.mark.parametrize("site_over", ["wireguard", "openvpn"])
@pytest.mark.parametrize("client_over", ["wireguard", "openvpn"])
def test_client_to_site_over_each_pair(tenant, client_over, site_over):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24", "fd99:1::/64", options=_options(site_over), up=False)
    laptop = acme.client("laptop", *_options(client_over), up=False)
    assert laptop.house.pings(office.host.address) == 0
    office.take_profile()
    laptop.take_profile()
    assert laptop.house.reaches(office.host.address)
    assert laptop.house.reaches("fd99:1::a")
    assert office.host.reaches(laptop.address)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    assert laptop.house.reaches(acme.instance["hub_addresses"][1])
    for member in (office, laptop):
        assert hub.wait_until(lambda: member.show()["connected"], 5)
        assert member.show()["connected_from"].startswith(member.house.address4), member.show()
    assert not disagreements()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_site_to_site_over_each_transport(tenant, transport):
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", options=OPENVPN, up=False)
    two = acme.site("two", "192.168.20.0/24", options=OPENVPN, up=False)
    for site in (one, two):
        site.device.up(_over(site.profile(), transport))
    assert one.host.reaches(two.host.address)
    assert two.host.reaches(one.host.address)
    assert tcp.Stream(one.host, two.host, two.host.address, 5_000_000).finish()


def test_full_tunnel_reaches_the_internet_as_the_hub(tenant, internet):
    acme = tenant()
    phone = acme.client("phone", "--full-tunnel", *OPENVPN, up=False)
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


def test_split_tunnel_stays_off_the_internet(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    # Not even for one who edits the profile.
    laptop.device.up(laptop.profile() + "redirect-gateway def1\n")
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    assert laptop.house.pings(net.SERVER4) == 0


def test_two_tenants_with_the_same_networks(tenant):
    pairs = []
    for name in ("red", "blue"):
        each = tenant("--network", "10.99.0.0/24", name=name)
        pairs.append((each, each.site("office", "192.168.88.0/24", options=OPENVPN), each.client("laptop", *OPENVPN)))
    (_, red_office, red_laptop), (_, blue_office, blue_laptop) = pairs
    assert red_laptop.address == blue_laptop.address
    for office in (red_office, blue_office):
        office.host.count_packets("in", "icmp", "type", "echo-request")
    assert red_laptop.house.reaches(red_office.host.address)
    assert red_office.host.counted("in") > 0 and blue_office.host.counted("in") == 0
    assert blue_laptop.house.reaches(blue_office.host.address)
    assert blue_office.host.counted("in") > 0


def test_a_certificate_of_another_instance_is_refused(tenant):
    red, blue = tenant(name="red"), tenant(name="blue")
    mine, theirs = red.client("laptop", *OPENVPN), blue.client("laptop", *OPENVPN, up=False)
    address = red.instance["hub_addresses"][0]
    assert mine.house.reaches(address)
    port = str(red.show()["openvpn"]["port"])
    # Their keys at our door: without our tls-crypt key there is not even an answer.
    forged = theirs.profile().replace(f" {blue.show()['openvpn']['port']} ", f" {port} ")
    theirs.device.up(forged, within=0)
    assert not theirs.device.initialised(6)
    assert theirs.house.pings(address) == 0
    # With our tls-crypt key, stolen from a profile, the certificate is looked at.
    ours = mine.profile()
    key = ours[ours.index("<tls-crypt-v2>") : ours.index("</tls-crypt-v2>")]
    forged = forged[: forged.index("<tls-crypt-v2>")] + key + forged[forged.index("</tls-crypt-v2>") :]
    theirs.device.up(forged, within=0)
    assert not theirs.device.initialised(6)
    assert "TLS Error" in theirs.device.log() or "TLS handshake failed" in theirs.device.log(), theirs.device.log()


def test_another_peers_name_with_ones_own_certificate_is_refused(tenant):
    acme = tenant()
    laptop, other = acme.client("laptop", *OPENVPN), acme.client("other", *OPENVPN, up=False)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    secret = laptop.device.file.parent / "login"
    secret.write_text(f"{other.peer['id']}\nnothing\n")
    laptop.device.up(laptop.profile(), "--auth-user-pass", str(secret), within=0)
    assert not laptop.device.initialised(5)
    assert "AUTH_FAILED" in laptop.device.log(), laptop.device.log()


@pytest.mark.kernel
def test_disable_cuts_a_transfer_and_enable_brings_back(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", *OPENVPN)
    assert laptop.house.reaches(office.host.address)
    with Pinger(laptop.house, office.host.address) as pinger:
        started = time.monotonic()
        assert laptop.do("disable")["enabled"] is False
        assert time.monotonic() - started < 1 * net.SLOW
        time.sleep(2)
        pinger.stop()
    assert pinger.received > 0 and pinger.gap >= 1, pinger
    assert laptop.house.pings(office.host.address) == 0
    assert hub.wait_until(lambda: "AUTH_FAILED" in laptop.device.log(), 10), laptop.device.log()
    assert not laptop.show()["connected"]
    laptop.do("enable")
    assert laptop.house.reaches(office.host.address, within=20)


def test_rekey_and_delete_refuse_the_old_profile(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address)
    old = laptop.device.file.read_text()
    before = laptop.show()
    after = laptop.do("rekey")
    assert after["certificate"] != before["certificate"] and after["addresses"] == before["addresses"]
    assert hub.wait_until(lambda: laptop.house.pings(address, 1) == 0, 3)
    laptop.take_profile()
    assert laptop.house.reaches(address)
    laptop.device.up(old, within=0)
    assert hub.wait_until(lambda: "AUTH_FAILED" in laptop.device.log(), 10), laptop.device.log()
    new = laptop.profile()
    acme.client("other", *OPENVPN, up=False)
    warren("peer", "delete", acme.name, "laptop", "--yes")
    laptop.device.up(new, within=0)
    assert hub.wait_until(lambda: "AUTH_FAILED" in laptop.device.log(), 10), laptop.device.log()
    assert laptop.house.pings(address) == 0


def test_expiry_is_kept_by_the_kernel(tenant):
    """With every process of Warren dead, the peer's time ends all the same."""
    acme = tenant()
    guest = acme.client("guest", "--expires", f"{12 * net.SLOW:.0f}s", *OPENVPN)
    address = acme.instance["hub_addresses"][0]
    added = time.monotonic()
    assert guest.house.reaches(address)
    hub.kill(*hub.ROLES)
    with Pinger(guest.house, address) as pinger:
        time.sleep(max(0.0, added + 8 * net.SLOW - time.monotonic()))
        assert guest.house.pings(address) == 2
        time.sleep(max(0.0, added + 14 * net.SLOW - time.monotonic()))
        pinger.stop()
    assert pinger.received > 0 and pinger.gap >= 1, pinger
    assert guest.house.pings(address) == 0
    hub.start()
    assert hub.active(acme.name)
    assert guest.show()["expired"] and not guest.show()["connected"]


def test_router_logs_in_by_password(tenant):
    """RouterOS is shaped like this: TCP, AES-256-CBC with SHA1, user name and password, no tls-crypt, no certificate."""
    acme = tenant()
    laptop = acme.client("laptop")
    office = acme.site("office", "192.168.10.0/24", options=(*OPENVPN, "--login", "password"), up=False)
    script = office.profile("--format", "routeros")
    assert "ovpn-client" in script and "ovpn-client" in office.profile("--format", "routeros6")
    port = acme.show()["openvpn"]["legacy_port"]
    words = dict(word.split("=", 1) for line in script.splitlines() for word in line.split() if "=" in word)
    user, password = words["user"].strip('"'), words["password"].strip('"')
    secret = office.device.file.parent / "login"
    profile = f"""client
remote {net.HUB4} {port} tcp-client
proto tcp-client
cipher AES-256-CBC
data-ciphers AES-256-CBC
auth SHA1
auth-user-pass {secret}
<ca>
{_authority(script)}
</ca>
"""
    secret.write_text(f"{user}\nwrong{password[5:]}\n")
    office.device.up(profile, within=0)
    assert hub.wait_until(lambda: "AUTH_FAILED" in office.device.log(), 10), office.device.log()
    secret.write_text(f"{user}\n{password}\n")
    office.device.up(profile)
    laptop.take_profile()
    assert laptop.house.reaches(office.host.address)
    assert office.show()["connected"]


def _authority(script):
    """The certificate in a RouterOS string."""
    text = script.replace("\\0A", "\n")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return text[text.index(begin) : text.index(end) + len(end)]


def test_figures(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address)
    laptop.house.pings(address, 5)
    assert hub.wait_until(lambda: laptop.show()["rx_bytes"] > 500, 10)
    shown = laptop.show()
    assert shown["connected"] and shown["tx_bytes"] > 0 and shown["last_seen"] and shown["connected_since"]
    laptop.device.down()
    assert hub.wait_until(lambda: not laptop.show()["connected"], 10)
    kept = laptop.show()
    laptop.take_profile()
    assert laptop.house.reaches(address)
    time.sleep(3)
    now = laptop.show()
    assert now["rx_bytes"] >= kept["rx_bytes"] and now["tx_bytes"] >= kept["tx_bytes"]
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"] if event.get("peer") == "laptop"]
    assert "peer.connected" in kinds and "peer.disconnected" in kinds


@pytest.mark.core
@pytest.mark.parametrize("role", ["warren-engine", "warren-net", "warrend", pytest.param("all", marks=pytest.mark.kernel)])
def test_kill_loses_nothing(tenant, role):
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", options=OPENVPN, up=False)
    two = acme.site("two", "192.168.20.0/24", up=False)
    acme.take_profiles()
    assert one.host.reaches(two.host.address)
    servers = set(_servers(acme))
    names = hub.ROLES if role == "all" else (role,)
    with Pinger(one.host, two.host.address) as pinger:
        assert hub.kill(*names)
        time.sleep(1)
        if "warrend" in names:
            hub.start()
        assert hub.wait_until(hub.answers, 20), hub.log_tail()
        assert hub.active(acme.name), hub.log_tail()
        assert hub.wait_until(lambda: one.show()["connected"], 5), one.show()
        pinger.stop()
    assert pinger.lost == 0 and pinger.sent > 20, pinger
    assert set(_servers(acme)) == servers, "openvpn is adopted, not started anew"
    assert not disagreements()
    # It can still be cut.
    one.do("disable")
    assert hub.wait_until(lambda: one.host.pings(two.host.address, 1) == 0, 3)


def test_who_comes_while_the_engine_is_away_is_served_when_it_is_back(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN, up=False)
    assert hub.active(acme.name)
    profile = laptop.profile()
    hub.kill(*hub.ROLES)
    laptop.device.up(profile, within=0)
    assert not laptop.device.initialised(3)
    hub.start()
    assert laptop.device.initialised(20), laptop.device.log()
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])


def test_engine_killed_while_twenty_connect(tenant):
    acme = tenant()
    members = [acme.client(f"c{number}", *OPENVPN, up=False) for number in range(20)]
    profiles = [member.profile() for member in members]
    for member, profile in zip(members, profiles):
        member.device.up(profile, within=0)
    time.sleep(0.7)
    assert hub.kill("warren-engine")
    assert hub.wait_until(hub.answers, 20)
    for member in members:
        assert member.device.initialised(75), member.device.log()
    address = acme.instance["hub_addresses"][0]
    for member in members:
        assert member.house.reaches(address)
    assert hub.wait_until(lambda: acme.show()["peers"]["connected"] == 20, 10), acme.show()


@pytest.mark.kernel
def test_openvpn_killed_all_are_back(tenant, measured):
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", options=OPENVPN, up=False)
    two = acme.site("two", "192.168.20.0/24", options=OPENVPN, up=False)
    one.device.up(_over(one.profile(), "udp"))
    two.device.up(_over(two.profile(), "tcp"))
    assert one.host.reaches(two.host.address)
    victims = list(_servers(acme))
    assert len(victims) == 2
    killed = time.monotonic()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert hub.wait_until(lambda: one.host.pings(two.host.address, 1) == 0, 5)
    assert two.device.initialised(15)
    # UDP learns of it by its own keepalive.
    assert one.host.reaches(two.host.address, within=15 - (time.monotonic() - killed)), one.device.log()
    measured(f"all back after {time.monotonic() - killed:.1f} s")
    assert not set(_servers(acme)) & set(victims)


def test_a_hung_openvpn_does_not_hang_the_engine(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    other = acme.client("other")
    servers = list(_servers(acme))
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        laptop.do("disable")
        warren("peer", "add", acme.name, "third", "--client", *OPENVPN)
        assert time.monotonic() - started < 3
        assert other.house.reaches(acme.instance["hub_addresses"][0])
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
    assert hub.wait_until(lambda: laptop.house.pings(acme.instance["hub_addresses"][0], 1) == 0, 5)


@pytest.mark.kernel
def test_a_link_deleted_by_hand_comes_back(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    laptop.device.up(_over(laptop.profile(), "udp"))
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address)
    time.sleep(4)
    net.run("ip", "-n", acme.namespace, "link", "delete", "ovpn0")
    assert laptop.house.pings(address, 1) == 0
    assert laptop.house.reaches(address, within=20)


def test_deleting_leaves_nothing_behind(tenant, internet):
    before = snapshot()
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    assert _servers(acme)
    acme.close()
    acme.members.clear()
    assert hub.wait_until(lambda: not difference(before, snapshot()), 10), difference(before, snapshot())


def test_words_that_do_not_fit_are_refused(tenant):
    acme = tenant()
    acme.client("laptop", *OPENVPN, up=False)
    for options, words in (
        (["--format", "wg-quick"], "ovpn"),
        (["--qr", "ansi", "--exclude", "10.0.0.0/8"], "holds a link"),
        (["--format", "routeros"], "ovpn"),
    ):
        with pytest.raises(Refused) as refused:
            warren("profile", "show", acme.name, "laptop", *options)
        assert words in refused.value.text, refused.value.text
    for options in (
        ["--client", "--login", "password", *OPENVPN],
        ["--client", "--login", "certificate"],
        ["--client", "--public-key", "x" * 43 + "=", *OPENVPN],
        ["--client", "--keepalive", "5", *OPENVPN],
    ):
        with pytest.raises(Refused):
            warren("peer", "add", acme.name, "other", *options)
    warren("instance", "set", acme.name, "--openvpn", "none")
    with pytest.raises(Refused) as refused:
        warren("peer", "add", acme.name, "other", "--client", *OPENVPN)
    assert "switched off" in refused.value.text
