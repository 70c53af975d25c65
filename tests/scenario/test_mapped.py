# SPDX-License-Identifier: GPL-2.0-or-later
"""Many sites with one LAN: each is seen as a prefix of its own, and knows nothing of it."""

import contextlib
import ipaddress
import itertools
import json
import os
import signal
import time

import hub
import net
import pytest
import residue
import tcp
from agreement import instance_disagreements
from firewall import Firewall
from hub import warren
from name_client import ask
from name_server import NameServer
from pinger import Pinger

LAN, LAN6 = "192.168.88.0/24", "fd99:88::/64"


def mapped(number):
    return f"10.88.{number}.0/24", f"fd99:{number}::/64"


def seen(host_address, real, as_prefix):
    """The address under which others see a host."""
    part = int(ipaddress.ip_address(host_address)) - int(ipaddress.ip_network(real)[0])
    return str(ipaddress.ip_network(as_prefix)[part])


def site(tenant, name, number, *options, up=False, six=False):
    """A site with the LAN that all have; `seen` is what others call its host."""
    four, six_as = mapped(number)
    words = ["--subnet", f"{LAN}={four}", *(["--subnet", f"{LAN6}={six_as}"] if six else []), *options]
    member = tenant._member(name, ["--site", *words], [LAN, *([LAN6] if six else [])], up)
    member.prefix = four
    member.seen = seen(member.host.address, LAN, four)
    member.seen6 = seen("fd99:88::a", LAN6, six_as) if six else None
    return member


def three(tenant, *options):
    """Three sites of one LAN, whose devices know of each other."""
    acme = tenant()
    sites = [site(acme, name, number, *options) for number, name in enumerate(("one", "two", "three"), 1)]
    return acme, sites


def chain(tenant):
    return net.run("ip", "netns", "exec", tenant.namespace, "nft", "list", "table", "netdev", "warren_map", check=False)


def links(tenant):
    said = json.loads(net.run("ip", "netns", "exec", tenant.namespace, "ip", "-j", "link").stdout)
    return {link["ifname"] for link in said}


@pytest.mark.core
@pytest.mark.kernel
def test_all_pairs_of_three_sites(tenant):
    acme, sites = three(tenant)
    one, two, _ = sites
    assert one.host.pings(two.seen) == 0
    acme.take_profiles()
    assert [member.show()["subnets"] for member in sites] == [[mapped(number)[0]] for number in (1, 2, 3)]
    assert instance_disagreements(acme.show()) == []
    assert sites[1].show()["mapped"] == [{"real": LAN, "mapped": "10.88.2.0/24"}]
    assert {"wg0", "wg1", "wg2", "wg3"} <= links(acme)
    for here, there in itertools.permutations(sites, 2):
        assert here.host.reaches(there.seen), f"{here.peer['name']} to {there.peer['name']}"
    for here, there in itertools.permutations(sites, 2):
        assert tcp_between(here, there), f"{here.peer['name']} to {there.peer['name']}"


def tcp_between(here, there, size=300_000):
    """Is what one host sends to the other's mapped address what arrives?"""
    listener = tcp.Listener(there.host, there.host.address)
    with listener:
        sender = tcp._python(here.host, tcp.SEND, there.seen, tcp.PORT, size, 0)
        sent, errors = sender.communicate(timeout=60)
        assert sender.returncode == 0, errors
        return sent.strip() == listener.digest()


@pytest.mark.core
def test_explain_says_what_is_mapped(tenant):
    acme, (one, two, _) = three(tenant)
    acme.take_profiles()
    assert one.host.reaches(two.seen)
    said = warren("explain", acme.name, "--from", "site:one", "--to", two.seen)
    step = next(each for each in said["steps"] if each["step"] == "mapping")
    assert f"{two.seen} is {two.host.address} on the LAN of two" in step["text"], said
    # By what its own LAN calls it, nobody else reaches it: what would do is said.
    laptop = acme.client("laptop")
    assert laptop.house.reaches(one.seen) and hub.wait_until(lambda: laptop.show()["connected"], 5)
    said = warren("explain", acme.name, "--from", "laptop", "--to", two.host.address)
    found = next(each for each in said["steps"] if each["holds"] == "no")
    assert found["step"] == said["broken"] == "destination" and "which others see as 10.88.1.0/24" in found["text"], said
    assert found["mend"].endswith(f"take the address that others see: {one.seen}"), said
    assert laptop.house.reaches(found["mend"].split()[-1])


def test_lans_see_mapped_sources_alone(tenant):
    acme, (one, two, three_) = three(tenant)
    laptop = acme.client("laptop")
    acme.take_profiles()
    for number, member in enumerate((one, two, three_), 1):
        others = [other.prefix for other in (one, two, three_) if other is not member]
        member.host.count_packets("from_known", "icmp", "type", "echo-request", "ip", "saddr",
                                  "{", ", ".join([*others, laptop.address]), "}")  # fmt: skip
        member.host.count_packets("from_all", "icmp", "type", "echo-request")
    for member in (one, two, three_):
        assert laptop.house.reaches(member.seen)
        assert member.host.reaches(laptop.address)
        for other in (one, two, three_):
            assert other is member or member.host.reaches(other.seen)
    for member in (one, two, three_):
        assert member.host.counted("from_all") >= 3
        assert member.host.counted("from_all") == member.host.counted("from_known")


@pytest.mark.kernel
@pytest.mark.parametrize("options", [(), ("--protocol", "openvpn")], ids=["wireguard", "openvpn"])
def test_rules_name_either_form(tenant, options):
    """What others call a host, or what its own LAN does: then all that have the address there are meant."""
    acme = tenant()
    firewall = Firewall(acme)
    one, two = (site(acme, name, number, *options, six=True) for number, name in enumerate(("one", "two"), 1))
    laptop = acme.client("laptop")
    acme.take_profiles()
    host = one.host.address
    assert host == two.host.address and host in LAN.replace("0/24", "10")

    def reached():
        """Of the hosts, by what they are seen as, those that answer."""
        ends = {"one": one.seen, "two": two.seen, "one6": one.seen6, "two6": two.seen6}
        return {name for name, address in ends.items() if laptop.house.reaches(address, within=1)}

    everybody = {"one", "two", "one6", "two6"}
    assert reached() == everybody
    rule = firewall.add("deny", source="laptop", target=host)
    assert reached() == {"one6", "two6"} and firewall.test("laptop", host) == "deny"
    assert firewall.test("laptop", one.seen) == "deny" and firewall.test("laptop", "10.88.1.11") == "allow"
    firewall.do("set", rule["id"], "--to", one.seen)
    assert reached() == everybody - {"one"} and firewall.test("laptop", host) == "mixed"
    firewall.do("set", rule["id"], "--to", "fd99:88::/64")
    assert reached() == {"one", "two"}
    firewall.do("set", rule["id"], "--from", LAN, "--to", "laptop")
    assert one.host.pings(laptop.address) == 0 and two.host.pings(laptop.address) == 0
    assert one.host.reaches(laptop.addresses[1]) and reached() == everybody
    # Seen as another network, it is meant all the same; and so is who comes back.
    firewall.do("set", rule["id"], "--from", "laptop", "--to", LAN)
    one.do("set", "--subnet", f"{LAN}=10.88.101.0/24", "--subnet", f"{LAN6}=fd99:1::/64")
    one.seen = "10.88.101.10"
    acme.take_profiles()
    assert reached() == {"one6", "two6"}
    two.do("disable")
    two.do("enable")
    assert laptop.house.reaches(two.seen6, within=20) and reached() == {"one6", "two6"}
    firewall.do("delete", rule["id"])
    assert reached() == everybody


def test_rules_with_a_network_that_is_two(tenant):
    """A site's LAN that another one is seen as: what denies denies both, what allows does so for the one that is seen."""
    acme = tenant()
    firewall = Firewall(acme)
    one, plain = site(acme, "one", 1), acme.site("plain", LAN, up=False)
    laptop = acme.client("laptop")
    acme.take_profiles()
    assert laptop.house.reaches(one.seen) and laptop.house.reaches(plain.host.address)
    rule = firewall.add("deny", source="laptop", target=LAN)
    assert laptop.house.pings(one.seen) == 0 and laptop.house.pings(plain.host.address) == 0
    firewall.do("delete", rule["id"])
    warren("instance", "set", acme.name, "--firewall-default", "deny")
    assert laptop.house.pings(one.seen) == 0 and laptop.house.pings(plain.host.address) == 0
    firewall.add("allow", source="laptop", target=LAN)
    assert laptop.house.reaches(plain.host.address) and laptop.house.pings(one.seen) == 0
    # Alone with it, it is the one that is meant, from the change on.
    plain.do("disable")
    assert laptop.house.reaches(one.seen)
    plain.do("enable")
    assert hub.wait_until(lambda: laptop.house.pings(one.seen, 1) == 0, 5)


@pytest.mark.kernel
def test_names_of_mapped_hosts(tenant):
    """A name stands for what others see, in both families; a site's own name server is asked through the mapping."""
    acme = tenant()
    one, two = (site(acme, name, number, six=True) for number, name in enumerate(("one", "two"), 1))
    laptop = acme.client("laptop")
    acme.take_profiles()
    server = acme.show()["hub_addresses"][0]
    domain = f"tenant{acme.number}.internal"
    with NameServer(one.host, one.host.address, "intranet.corp.example=10.88.1.10") as inside:
        warren("instance", "set", acme.name, "--dns-record", f"nas={one.seen}", "--dns-record", f"nas={one.seen6}",
               "--dns-record", f"printer={two.seen}", "--split-dns", f"corp.example={one.seen}")  # fmt: skip

        def found(namespace, name, kind="A"):
            said = hub.wait_until(lambda: (s := ask(namespace, server, name, kind)) and s["answers"] and s, 10)
            return said and said["answers"]

        for asker in (laptop.house, two.host):
            assert found(asker, f"nas.{domain}") == [one.seen] and asker.reaches(one.seen)
            assert found(asker, f"nas.{domain}", "AAAA") == [one.seen6] and asker.reaches(one.seen6)
            assert found(asker, "intranet.corp.example") == [one.seen]
        assert found(one.host, f"printer.{domain}") == [two.seen] and one.host.reaches(two.seen)
        # On its own LAN too the name leads there.
        assert found(one.host, f"nas.{domain}") == [one.seen]
        assert inside.asked() and {question["from"] for question in inside.asked()} == {server}


def offered(refused):
    return json.JSONDecoder().raw_decode(refused.text)[0]["errors"][0]["would"]


def test_overlap_is_refused_with_an_offer(tenant):
    acme = tenant()
    acme.site("plain", LAN, up=False)
    with pytest.raises(hub.Refused) as refused:
        warren("peer", "add", acme.name, "second", "--site", "--subnet", LAN)
    assert refused.value.status == 1
    offer = offered(refused.value)
    assert offer == f"{LAN}=10.88.0.0/24"
    warren("peer", "add", acme.name, "second", "--site", "--subnet", offer)
    with pytest.raises(hub.Refused) as refused:
        warren("peer", "add", acme.name, "third", "--site", "--subnet", offer)
    offer = offered(refused.value)
    assert offer == f"{LAN}=10.88.1.0/24"
    warren("peer", "add", acme.name, "third", "--site", "--subnet", offer)


def test_ipv6(tenant):
    acme = tenant()
    sites = [site(acme, name, number, six=True) for number, name in enumerate(("one", "two", "three"), 1)]
    acme.take_profiles()
    for here, there in itertools.permutations(sites, 2):
        assert here.host.reaches(there.seen6), f"{here.peer['name']} to {there.peer['name']}"
        assert here.host.reaches(there.seen)
    one, two, _ = sites
    with tcp.Listener(two.host, "fd99:88::a") as listener:
        sender = tcp._python(one.host, tcp.SEND, two.seen6, tcp.PORT, 300_000, 0)
        sent, errors = sender.communicate(timeout=60)
        assert sender.returncode == 0, errors
        assert sent.strip() == listener.digest()


@pytest.mark.kernel
def test_nobody_passes_for_another(tenant):
    """A site may send from its own LAN alone, not from what another is seen as."""
    acme, (one, two, three_) = three(tenant)
    acme.take_profiles()
    assert one.host.reaches(three_.seen)
    forged = two.seen
    one.house.run("ip", "addr", "add", f"{forged}/32", "dev", "lo")
    three_.host.count_packets("forged", "ip", "saddr", forged)
    assert one.house.pings(three_.seen, source=forged) == 0
    assert three_.host.counted("forged") == 0
    # As itself it goes on.
    assert one.host.reaches(three_.seen)


@contextlib.contextmanager
def all_pairs_ping(sites):
    with contextlib.ExitStack() as stack:
        pingers = [
            stack.enter_context(Pinger(here.host, there.seen)) for here, there in itertools.permutations(sites, 2)
        ]
        yield pingers


def kills_lose_nothing(acme, sites):
    acme.take_profiles()
    for here, there in itertools.permutations(sites, 2):
        assert here.host.reaches(there.seen)
    with all_pairs_ping(sites) as pingers:
        for role in ("warren-net", "warren-engine"):
            hub.kill(role)
            assert hub.wait_until(hub.answers, 15)
            assert hub.active(acme.name)
        hub.kill()
        hub.start()
        assert hub.active(acme.name)
        time.sleep(0.5)
        for pinger in pingers:
            pinger.stop()
    assert [pinger.lost for pinger in pingers] == [0] * len(pingers), pingers


@pytest.mark.core
@pytest.mark.kernel
def test_kills_lose_nothing(tenant):
    kills_lose_nothing(*three(tenant))


@pytest.mark.kernel
def test_another_site_costs_nobody_a_ping(tenant):
    acme, sites = three(tenant)
    acme.take_profiles()
    for here, there in itertools.permutations(sites, 2):
        assert here.host.reaches(there.seen)
    with all_pairs_ping(sites) as pingers:
        fourth = site(acme, "four", 4)
        assert fourth.peer["pending"] == []
        fourth.take_profile()
        assert fourth.host.reaches(sites[0].seen) is not None
        fourth.do("disable")
        fourth.do("enable")
        warren("peer", "delete", acme.name, "four", "--yes")
        time.sleep(0.3)
        for pinger in pingers:
            pinger.stop()
    assert [pinger.lost for pinger in pingers] == [0] * len(pingers), pingers
    assert hub.wait_until(lambda: "wg4" not in links(acme), 5)


@pytest.mark.kernel
def test_drift_is_mended(tenant):
    acme, sites = three(tenant)
    acme.take_profiles()
    one, two, three_ = sites
    assert one.host.reaches(two.seen)
    inside = ["ip", "netns", "exec", acme.namespace]

    def restored():
        return one.host.reaches(two.seen, within=1) and three_.host.reaches(one.seen, within=1)

    for change in (
        ["nft", "flush", "chain", "netdev", "warren_map", "arrive_1"],
        ["nft", "delete", "table", "netdev", "warren_map"],
        ["ip", "link", "del", "wg1"],
        ["ip", "route", "flush", "proto", "87", "dev", "wg1"],
    ):
        net.run(*inside, *change)
        assert hub.wait_until(restored, 75), change
        assert hub.active(acme.name)
        assert hub.wait_until(lambda: instance_disagreements(acme.show()) == [], 5)


def test_expiry_is_the_kernels(tenant):
    acme = tenant()
    one = site(acme, "one", 1, "--expires", f"{8 * net.SLOW:.0f}s")
    two = site(acme, "two", 2)
    acme.take_profiles()
    assert two.host.reaches(one.seen)
    for pid, (name, _) in hub.processes("warren-engine", "warrend").items():
        os.kill(pid, signal.SIGSTOP)
    try:
        assert hub.wait_until(lambda: two.host.pings(one.seen, 1) == 0, 15)
        assert two.host.pings(one.seen) == 0
    finally:
        for pid in hub.processes("warren-engine", "warrend"):
            os.kill(pid, signal.SIGCONT)


MANY = 70


def test_seventy_sites_of_one_lan(tenant):
    """More than a word has bits. Most are there in name alone; those with the lowest and the highest numbers ping."""
    acme = tenant()
    first = site(acme, "first", 1)
    with hub.Api(timeout=60) as api:
        for number in range(2, MANY):
            subnets = [f"{LAN}={mapped(number)[0]}"]
            body = {"name": f"site{number}", "type": "site", "subnets": subnets}
            answer = api.ask("POST", f"/instances/{acme.id}/peers", body, checked=number == MANY - 1)
            assert answer["status"] == 201, answer
    last = site(acme, "last", MANY)
    acme.take_profiles()
    assert hub.active(acme.name)
    assert hub.wait_until(lambda: f"wg{MANY}" in links(acme), 5) and len(links(acme)) >= MANY + 1
    assert first.host.reaches(last.seen) and last.host.reaches(first.seen)
    assert instance_disagreements(acme.show()) == []
    # The whole hub starts anew, and loses no packet.
    with all_pairs_ping([first, last]) as pingers:
        hub.kill()
        hub.start()
        assert hub.active(acme.name)
        time.sleep(0.5)
        for pinger in pingers:
            pinger.stop()
    assert [pinger.lost for pinger in pingers] == [0, 0]
    # One in the middle goes: its place is the next one's.
    warren("peer", "delete", acme.name, "site40", "--yes")
    assert hub.wait_until(lambda: "wg40" not in links(acme), 10)
    again = site(acme, "again", 40, up=True)
    assert hub.wait_until(lambda: "wg40" in links(acme), 10)
    first.take_profile()
    assert first.host.reaches(again.seen) and again.host.reaches(last.seen)


@pytest.mark.kernel
def test_moving_between_mapped_and_unmapped(tenant):
    acme = tenant()
    one = site(acme, "one", 1)
    office = acme.site("office", "192.168.10.0/24", up=False)
    acme.take_profiles()
    assert office.host.reaches(one.seen)
    assert not one.show()["profile_stale"]
    assert chain(acme).returncode == 0
    one.do("set", "--subnet", LAN)
    shown = one.show()
    assert shown["subnets"] == [LAN] and shown["mapped"] == [] and shown["profile_stale"]
    assert any("endpoint" in reason for reason in shown["profile_stale_reasons"])
    acme.take_profiles()
    assert office.host.reaches(one.host.address)
    assert office.host.pings(one.seen) == 0
    assert hub.wait_until(lambda: "wg1" not in links(acme), 5)
    assert chain(acme).returncode != 0
    one.do("set", "--subnet", f"{LAN}=10.88.7.0/24")
    acme.take_profiles()
    assert office.host.reaches("10.88.7.10")


def test_verbs_upon_a_mapped_site(tenant):
    acme, (one, two, _) = three(tenant)
    acme.take_profiles()
    assert two.host.reaches(one.seen)
    one.do("disable")
    assert two.host.pings(one.seen) == 0
    # Its place is kept: another site of this LAN goes elsewhere, and it comes back to the same link.
    four = site(acme, "four", 4, up=True)
    one.do("enable")
    assert two.host.reaches(one.seen)
    assert not any("endpoint" in reason for reason in one.show()["profile_stale_reasons"])
    one.take_profile()
    four.take_profile()
    assert four.host.reaches(one.seen)
    one.do("rekey")
    assert two.host.pings(one.seen) == 0
    one.take_profile()
    assert two.host.reaches(one.seen)
    # Seen as another network from now on, at the same endpoint.
    one.do("set", "--subnet", f"{LAN}=10.88.101.0/24")
    assert [reason for reason in one.show()["profile_stale_reasons"] if "endpoint" in reason] == []
    two.take_profile()
    assert two.host.reaches("10.88.101.10")
    assert two.host.pings(one.seen) == 0


def test_figures_of_all_links(tenant):
    acme, sites = three(tenant)
    acme.take_profiles()
    one, two, _ = sites
    assert one.host.reaches(two.seen)
    one.host.pings(two.seen, 5)
    assert hub.wait_until(lambda: all(member.show()["connected"] for member in (one, two)), 10)
    before = one.show()["rx_bytes"]
    assert before > 0
    hub.kill("warren-engine")
    assert hub.wait_until(hub.answers, 15) and hub.active(acme.name)
    time.sleep(3)
    after = one.show()["rx_bytes"]
    assert before <= after < before + 3000, "counted once"


@pytest.mark.kernel
def test_delete_leaves_nothing(hub, internet):
    from tenant import Tenant

    before = residue.snapshot()
    acme = Tenant(internet)
    for number, name in enumerate(("one", "two", "three"), 1):
        site(acme, name, number)
    acme.close()
    assert residue.difference(before, residue.snapshot()) == {}


@pytest.mark.kernel
def test_over_openvpn_and_mixed(tenant):
    """Two sites over OpenVPN, one over WireGuard, all with one LAN; and a client of each kind."""
    acme = tenant()
    sites = [
        site(acme, "one", 1, "--protocol", "openvpn", six=True),
        site(acme, "two", 2, "--protocol", "openvpn", six=True),
        site(acme, "three", 3, six=True),
    ]
    laptop = acme.client("laptop")
    phone = acme.client("phone", "--protocol", "openvpn")
    acme.take_profiles()
    for here, there in itertools.permutations(sites, 2):
        assert here.host.reaches(there.seen), f"{here.peer['name']} to {there.peer['name']}"
        assert here.host.reaches(there.seen6), f"{here.peer['name']} to {there.peer['name']}"
        assert tcp_between(here, there), f"{here.peer['name']} to {there.peer['name']}"
    for member in sites:
        for client in (laptop, phone):
            assert client.house.reaches(member.seen)
            assert member.host.reaches(client.address)
    assert {"ovpn0", "ovpn3", "ovpn6"} <= links(acme)


@pytest.mark.kernel
def test_openvpn_kills_lose_nothing(tenant):
    acme = tenant()
    sites = [site(acme, name, number, "--protocol", "openvpn") for number, name in enumerate(("one", "two", "three"), 1)]
    kills_lose_nothing(acme, sites)


def test_openvpn_spoof_and_the_wrong_door(tenant):
    """A site sends from its own LAN alone; another link's servers do not know it."""
    acme = tenant()
    one, two, three_ = (
        site(acme, name, number, "--protocol", "openvpn") for number, name in enumerate(("one", "two", "three"), 1)
    )
    acme.take_profiles()
    assert one.host.reaches(three_.seen)
    one.house.run("ip", "addr", "add", f"{two.seen}/32", "dev", "lo")
    three_.host.count_packets("forged", "ip", "saddr", two.seen)
    assert one.house.pings(three_.seen, source=two.seen) == 0
    assert three_.host.counted("forged") == 0
    # The other's port in its own profile.
    port = {member: member.profile().split("\nremote ")[1].split()[1] for member in (one, two)}
    assert port[one] != port[two]
    wrong = one.profile().replace(f" {port[one]} ", f" {port[two]} ")
    one.device.up(wrong, within=0)
    assert not one.device.initialised(4)
    assert one.host.pings(three_.seen) == 0
    one.take_profile()
    assert one.host.reaches(three_.seen)


def test_openvpn_delete_leaves_nothing(hub, internet):
    from tenant import Tenant

    before = residue.snapshot()
    acme = Tenant(internet)
    for number, name in enumerate(("one", "two", "three"), 1):
        site(acme, name, number, "--protocol", "openvpn")
    acme.close()
    assert residue.difference(before, residue.snapshot()) == {}
