# SPDX-License-Identifier: GPL-2.0-or-later
"""Names in an instance: answered by its own resolver, to its own peers, through every change."""

import contextlib
import ipaddress
import json
import time

import hub
import net
import pytest
from hub import warren
from name_client import Asker, ask
from name_server import NameServer
from residue import difference, snapshot


def resolvers(tenant=None):
    """The processes, as pids; of one tenant."""
    return {
        pid
        for pid, (_, words) in hub.processes("dnsmasq").items()
        if any(f"/dns/{tenant.id if tenant else ''}" in word for word in words)
    }


def serves(tenant):
    assert hub.wait_until(lambda: tenant.show()["ready"]["dns_ready"], 10), hub.log_tail()


def becomes(namespace, server, name, wanted, kind="A", within=5):
    """The answer becomes this: addresses, or a code."""
    expected = {"code": "NOERROR", "answers": sorted(wanted)} if isinstance(wanted, list) else wanted
    said = None

    def fits():
        nonlocal said
        said = ask(namespace, server, name, kind)
        return said == expected if isinstance(wanted, list) else said and said["code"] == wanted

    assert hub.wait_until(fits, within), f"{name} {kind}: {said}, not {wanted}"


@pytest.fixture
def acme(tenant):
    made = tenant()
    made.server4, made.server6 = made.show()["hub_addresses"]
    made.domain = f"tenant{made.number}.internal"
    return made


@pytest.mark.core
@pytest.mark.kernel
def test_names_of_peers(acme):
    laptop = acme.client("laptop")
    office = acme.site("office", "192.168.10.0/24")
    warren("peer", "add", acme.name, "Ana.s Buero_PC", "--client")
    serves(acme)
    shown = office.show()
    assert shown["dns_name"] == f"office.{acme.domain}"
    assert acme.show()["dns_domain"] == acme.domain
    for server in (acme.server4, acme.server6):
        becomes(laptop.house, server, shown["dns_name"], [office.addresses[0]])
        for over in ("udp", "tcp"):
            assert ask(laptop.house, server, f"laptop.{acme.domain}", over=over)["answers"] == [laptop.addresses[0]]
            assert ask(laptop.house, server, shown["dns_name"], "AAAA", over)["answers"] == [office.addresses[1]]
            assert ask(laptop.house, server, f"hub.{acme.domain}", over=over)["answers"] == [acme.server4]
    for address in office.addresses:
        pointer = ipaddress.ip_address(address).reverse_pointer
        assert ask(laptop.house, acme.server4, pointer, "PTR")["answers"] == [shown["dns_name"]]
    # Dots, spaces and capitals are no obstacle; nobody else's name is invented.
    pc = warren("peer", "show", acme.name, "Ana.s Buero_PC")
    assert pc["dns_name"] == f"ana-s-buero-pc.{acme.domain}"
    assert ask(laptop.house, acme.server4, pc["dns_name"])["answers"] == [pc["addresses"][0]]
    assert ask(laptop.house, acme.server4, f"nobody.{acme.domain}")["code"] == "NXDOMAIN"
    # A host behind the site asks too.
    assert ask(office.host, acme.server4, f"laptop.{acme.domain}")["answers"] == [laptop.address]


def test_names_follow_peers(acme):
    laptop = acme.client("laptop")
    serves(acme)
    phone = warren("peer", "add", acme.name, "phone", "--client")
    name = f"phone.{acme.domain}"
    becomes(laptop.house, acme.server4, name, [phone["addresses"][0]])
    warren("peer", "disable", acme.name, "phone")
    becomes(laptop.house, acme.server4, name, "NXDOMAIN")
    becomes(laptop.house, acme.server4, ipaddress.ip_address(phone["addresses"][0]).reverse_pointer, "NXDOMAIN", "PTR")
    warren("peer", "enable", acme.name, "phone")
    becomes(laptop.house, acme.server4, name, [phone["addresses"][0]])
    # A second one with the same letters has a number, and keeps it.
    other = warren("peer", "add", acme.name, "phone_", "--client")
    assert other["dns_name"] == f"phone-2.{acme.domain}"
    becomes(laptop.house, acme.server4, other["dns_name"], [other["addresses"][0]])
    renamed = warren("peer", "set", acme.name, "phone", "--name", "tablet")
    assert renamed["dns_name"] == f"tablet.{acme.domain}"
    becomes(laptop.house, acme.server4, renamed["dns_name"], [phone["addresses"][0]])
    becomes(laptop.house, acme.server4, name, "NXDOMAIN")
    assert warren("peer", "show", acme.name, "phone_")["dns_name"] == other["dns_name"]
    warren("peer", "delete", acme.name, "tablet", "--yes")
    becomes(laptop.house, acme.server4, renamed["dns_name"], "NXDOMAIN")
    # One whose time is up.
    warren("peer", "add", acme.name, "guest", "--client", "--expires", "2s")
    becomes(laptop.house, acme.server4, f"guest.{acme.domain}", "NXDOMAIN", within=8)
    # A peer called like the hub does not take its name.
    assert warren("peer", "add", acme.name, "hub-", "--client")["dns_name"] == f"hub-2.{acme.domain}"
    # All of them move with the instance's hostname.
    warren("instance", "set", acme.name, "--hostname", f"moved{acme.number}")
    becomes(laptop.house, acme.server4, f"laptop.moved{acme.number}.internal", [laptop.address])
    # Of the old names the world is not asked.
    becomes(laptop.house, acme.server4, f"laptop.{acme.domain}", "NXDOMAIN")


def test_profiles_ask_the_hub(acme):
    laptop = acme.client("laptop")
    assert laptop.device.resolvers() == [acme.server4, acme.server6]
    assert f", {acme.domain}" in laptop.profile()
    warren("instance", "set", acme.name, "--search-domain", "corp.example", "--dns", "203.0.113.10")
    assert f"DNS = {acme.server4}, {acme.server6}, {acme.domain}, corp.example\n" in laptop.profile()
    assert "DNS" not in acme.site("office", "192.168.10.0/24", up=False).profile()
    # Who says none keeps its devices' own; the names are answered all the same.
    warren("instance", "set", acme.name, "--dns", "none")
    assert "DNS" not in laptop.profile()
    becomes(laptop.house, acme.server4, f"laptop.{acme.domain}", [laptop.address])
    becomes(laptop.house, acme.server4, "www.example.org", "REFUSED")


def pushed(device):
    """What the hub's last answer to an OpenVPN device said of name servers."""
    replies = [line for line in device.log().splitlines() if "PUSH_REPLY" in line]
    return [word[len("dhcp-option ") :] for word in replies[-1].split(",") if word.startswith("dhcp-option ")]


@pytest.mark.core
@pytest.mark.kernel
def test_names_over_openvpn(acme):
    """Who comes over OpenVPN is told to ask the hub, has a name as everybody, and the same answers."""
    warren("instance", "set", acme.name, "--search-domain", "corp.example")
    laptop = acme.client("laptop")
    serves(acme)
    name = f"tablet.{acme.domain}"
    assert ask(laptop.house, acme.server4, name)["code"] == "NXDOMAIN"
    tablet = acme.client("tablet", "--protocol", "openvpn")
    assert tablet.show()["dns_name"] == name
    assert pushed(tablet.device) == [f"DNS {acme.server4}", f"DNS6 {acme.server6}", f"DOMAIN {acme.domain}",
                                     "DOMAIN-SEARCH corp.example"]  # fmt: skip
    for one, other in ((laptop, tablet), (tablet, laptop)):
        wanted = other.show()["dns_name"]
        for server in (acme.server4, acme.server6):
            becomes(one.house, server, wanted, [other.addresses[0]])
            for over in ("udp", "tcp"):
                assert ask(one.house, server, wanted, "AAAA", over)["answers"] == [other.addresses[1]]
        pointer = ipaddress.ip_address(other.address).reverse_pointer
        assert ask(one.house, acme.server4, pointer, "PTR")["answers"] == [wanted]
    # Its name follows it.
    renamed = warren("peer", "set", acme.name, "tablet", "--name", "slate")
    becomes(laptop.house, acme.server4, renamed["dns_name"], [tablet.address])
    becomes(tablet.house, acme.server4, name, "NXDOMAIN")
    warren("peer", "disable", acme.name, "slate")
    becomes(laptop.house, acme.server4, renamed["dns_name"], "NXDOMAIN")
    assert ask(tablet.house, acme.server4, f"laptop.{acme.domain}", timeout=0.7) is None
    warren("peer", "enable", acme.name, "slate")
    becomes(laptop.house, acme.server4, renamed["dns_name"], [tablet.address])
    # Who says none keeps its devices' own; the names are answered all the same.
    warren("instance", "set", acme.name, "--dns", "none")
    tablet.device.up(tablet.device.file.read_text())
    assert pushed(tablet.device) == []
    becomes(tablet.house, acme.server4, f"laptop.{acme.domain}", [laptop.address])


@pytest.mark.core
def test_own_records_and_forwarding(acme, internet):
    laptop = acme.client("laptop")
    with NameServer(internet.server, net.SERVER4, "www.example.org=203.0.113.80", "www.example.org=2001:db8:1::80",
                    "printer.example.org=203.0.113.99", "printer.example.org=2001:db8:1::99",
                    "below.printer.example.org=203.0.113.98") as world:  # fmt: skip
        warren("instance", "set", acme.name, "--dns", net.SERVER4, "--dns-record", "nas=192.168.10.9",
               "--dns-record", f"nas.{acme.domain}=fd00:10::9", "--dns-record", "printer.example.org=10.1.2.3",
               "--dns-record", f"alias=" + laptop.address)  # fmt: skip
        serves(acme)
        becomes(laptop.house, acme.server4, f"nas.{acme.domain}", ["192.168.10.9"])
        assert ask(laptop.house, acme.server4, f"nas.{acme.domain}", "AAAA")["answers"] == ["fd00:10::9"]
        # An address is looked up to its peer, whatever else is called so.
        assert ask(laptop.house, acme.server4, f"alias.{acme.domain}")["answers"] == [laptop.address]
        pointer = ipaddress.ip_address(laptop.address).reverse_pointer
        assert ask(laptop.house, acme.server4, pointer, "PTR")["answers"] == [f"laptop.{acme.domain}"]
        # The world, over both, in both families.
        for over in ("udp", "tcp"):
            assert ask(laptop.house, acme.server4, "www.example.org", over=over)["answers"] == ["203.0.113.80"]
        assert ask(laptop.house, acme.server6, "www.example.org", "AAAA")["answers"] == ["2001:db8:1::80"]
        assert {question["from"] for question in world.asked()} == {net.HUB4}, "out of the hub, by its uplink"
        # A name of the world's that is the tenant's own is so in both families; names below it are the world's.
        assert ask(laptop.house, acme.server4, "printer.example.org")["answers"] == ["10.1.2.3"]
        assert ask(laptop.house, acme.server4, "printer.example.org", "AAAA")["answers"] == []
        assert ask(laptop.house, acme.server4, "below.printer.example.org")["answers"] == ["203.0.113.98"]
        assert "printer.example.org" not in world.names()
        # What is private stays here.
        before = len(world.names())
        for name, kind in ((f"nobody.{acme.domain}", "A"), ("wpad", "A"), ("printer.local", "A"), ("9.9.168.192.in-addr.arpa", "PTR"),
                           ("1.0.0.10.in-addr.arpa", "PTR"), ("1.0.16.172.in-addr.arpa", "PTR"),
                           (ipaddress.ip_address("fd12::1").reverse_pointer, "PTR")):  # fmt: skip
            assert ask(laptop.house, acme.server4, name, kind)["code"] == "NXDOMAIN", name
        assert len(world.names()) == before, world.names()[before:]
        # The resolver asks for nobody's profile: others are asked from the next question on.
        warren("instance", "set", acme.name, "--dns", "none")
        becomes(laptop.house, acme.server4, "www.example.org", "REFUSED")
        becomes(laptop.house, acme.server4, f"nas.{acme.domain}", ["192.168.10.9"])


@pytest.mark.core
@pytest.mark.kernel
def test_split_dns_inside_the_tunnel(acme, internet):
    office = acme.site("office", "192.168.10.0/24", "fd00:10::/64", up=False)
    laptop = acme.client("laptop", up=False)
    acme.take_profiles()
    with NameServer(office.host, office.host.address, "intranet.corp.example=192.168.10.80") as inside, \
         NameServer(office.host, "fd00:10::a", "www.v6.example=fd00:10::80") as inside6, \
         NameServer(internet.server, net.SERVER4, "www.example.org=203.0.113.80") as world:  # fmt: skip
        warren("instance", "set", acme.name, "--dns", net.SERVER4, "--split-dns", f"corp.example={office.host.address}",
               "--split-dns", "v6.example=fd00:10::a", "--dns-record", "own.corp.example=192.168.10.81")  # fmt: skip
        serves(acme)
        becomes(laptop.house, acme.server4, "intranet.corp.example", ["192.168.10.80"], within=10)
        assert ask(laptop.house, acme.server6, "intranet.corp.example", over="tcp")["answers"] == ["192.168.10.80"]
        assert ask(laptop.house, acme.server4, "www.v6.example", "AAAA")["answers"] == ["fd00:10::80"]
        assert ask(laptop.house, acme.server4, "own.corp.example")["answers"] == ["192.168.10.81"]
        assert ask(laptop.house, acme.server4, "www.example.org")["answers"] == ["203.0.113.80"]
        # From the hub's own tunnel address, through the tunnel.
        assert {question["from"] for question in inside.asked()} == {acme.server4}
        assert {question["from"] for question in inside6.asked()} == {acme.server6}
        # When the site is away the world is not asked instead.
        warren("peer", "disable", acme.name, "office")
        said = ask(laptop.house, acme.server4, "other.corp.example")
        assert not said or said["code"] != "NOERROR"
        assert ask(laptop.house, acme.server4, "www.example.org")["answers"] == ["203.0.113.80"]
        assert set(world.names()) == {"www.example.org"}


def denied(tenant):
    """Packets that the instance's rules did not let in."""
    words = ["ip", "netns", "exec", tenant.namespace, "nft", "-j", "list", "counter", "inet", "warren", "denied"]
    items = json.loads(net.run(*words).stdout)["nftables"]
    return next(item["counter"]["packets"] for item in items if "counter" in item)


@pytest.mark.core
@pytest.mark.kernel
def test_tenants_do_not_meet(tenant, internet):
    """The same network, the same names; each has its own answers, and nobody outside has any."""
    pair = []
    for _ in range(2):
        made = tenant("--network", "10.66.7.0/24")
        made.client("filler" if pair else "laptop", up=False)
        made.laptop = made.client("laptop" if pair else "phone")
        made.phone = warren("peer", "add", made.name, "phone" if pair else "tablet", "--client")
        serves(made)
        pair.append(made)
    one, two = pair
    server = one.show()["hub_addresses"][0]
    assert server == two.show()["hub_addresses"][0] == "10.66.7.1"
    becomes(one.laptop.house, server, f"phone.tenant{one.number}.internal", ["10.66.7.3"])
    becomes(two.laptop.house, server, f"phone.tenant{two.number}.internal", ["10.66.7.4"])
    pointer = ipaddress.ip_address("10.66.7.3").reverse_pointer
    assert ask(one.laptop.house, server, pointer, "PTR")["answers"] == [f"phone.tenant{one.number}.internal"]
    assert ask(two.laptop.house, server, pointer, "PTR")["answers"] == [f"laptop.tenant{two.number}.internal"]
    said = ask(one.laptop.house, server, f"phone.tenant{two.number}.internal")
    assert not said or not said["answers"]
    # Neither from the internet, nor on an instance's uplink, nor from the hub's own namespace.
    stranger = internet.house("stranger")
    uplink = net.run("ip", "-n", two.namespace, "-o", "-4", "addr", "show", "dev", "up0").stdout.split()[3].split("/")[0]
    try:
        for over in ("udp", "tcp"):
            name = f"phone.tenant{two.number}.internal"
            assert ask(stranger, net.HUB4, name, over=over, timeout=0.7) is None
            assert ask(internet.hub, uplink, name, over=over, timeout=0.7) is None
            assert ask(one.laptop.house, uplink, name, over=over, timeout=0.7) is None
        # Not even where the hub's own namespace would lead it there.
        way = ["10.66.7.1/32", "via", uplink, "dev", f"wru-{two.id}"]
        internet.hub.run("ip", "route", "add", *way)
        try:
            for over in ("udp", "tcp"):
                before = denied(two)
                assert ask(internet.hub, server, name, over=over, timeout=0.7) is None
                assert denied(two) > before, "it is the instance's own rules that refuse it"
        finally:
            internet.hub.run("ip", "route", "del", *way)
        stranger.run("ip", "route", "add", "10.66.7.0/24", "via", net.HUB4)
        assert ask(stranger, server, f"phone.tenant{two.number}.internal", timeout=0.7) is None
    finally:
        stranger.close()
    # A peer that is shut out has no answers either.
    warren("peer", "disable", two.name, "laptop")
    assert ask(two.laptop.house, server, f"phone.tenant{two.number}.internal", timeout=0.7) is None


@pytest.mark.core
def test_dnsmasq_killed_is_back(acme, measured):
    laptop = acme.client("laptop")
    serves(acme)
    victims = resolvers(acme)
    assert len(victims) == 1
    start = time.monotonic()
    net.run("kill", "-9", *victims)
    becomes(laptop.house, acme.server4, f"laptop.{acme.domain}", [laptop.address])
    measured(f"answers {time.monotonic() - start:.2f} s after kill -9")
    serves(acme)
    assert len(resolvers(acme)) == 1 and resolvers(acme) != victims
    assert "dns.restarted" in [event["kind"] for event in warren("events", "--after", "0")["items"]]
    assert acme.show()["state"] == "active"


@pytest.mark.core
@pytest.mark.parametrize("way", ["kill", "down"])
def test_answers_without_warren(acme, way):
    """All of Warren is killed, or taken down, and comes back: not one question without an answer."""
    laptop = acme.client("laptop")
    serves(acme)
    before = resolvers(acme)
    with Asker(laptop.house, acme.server4, f"laptop.{acme.domain}", f"hub.{acme.domain}") as asker:
        hub.kill(*hub.ROLES) if way == "kill" else hub.down()
        time.sleep(1)
        hub.start() if way == "kill" else hub.up()
        serves(acme)
        phone = warren("peer", "add", acme.name, "phone", "--client")
        becomes(laptop.house, acme.server4, phone["dns_name"], [phone["addresses"][0]])
        counts = asker.stop()
    assert counts["unanswered"] == counts["wrong"] == 0 and counts["asked"] > 100, counts
    assert resolvers(acme) == before, "adopted, not started anew"


@pytest.mark.core
def test_a_thousand_changes(acme, measured):
    laptop = acme.client("laptop")
    serves(acme)
    names = [f"laptop.{acme.domain}", f"hub.{acme.domain}"]
    peers = f"/instances/{acme.id}/peers"
    start = time.monotonic()
    with Asker(laptop.house, acme.server4, *names) as asker, hub.Api() as api:
        for number in range(200):
            wanted = [api.ask("POST", peers, {"name": f"device {number}", "type": "client"})]
            path = f"{peers}/{wanted[0]['body']['id']}"
            wanted += [api.ask("PATCH", path, {"name": f"geraet.{number}"}), api.ask("POST", f"{path}/disable"),
                       api.ask("POST", f"{path}/enable")]  # fmt: skip
            if number % 5 == 0:
                record = {"dns_custom": [f"record-{number}=192.168.99.{number}"]}
                wanted.append(api.ask("PATCH", f"/instances/{acme.id}", record))
            else:
                wanted.append(api.ask("PATCH", path, {"name": f"device {number}"}))
            assert all(answer["status"] in (200, 201) for answer in wanted), wanted
            time.sleep(0.03)  # slower than what is told together
        spent = time.monotonic() - start
        becomes(laptop.house, acme.server4, f"device-199.{acme.domain}", [api.ask("GET", path)["body"]["addresses"][0]])
        counts = asker.stop()
    measured(f"1,000 changes in {spent:.1f} s; {counts}")
    assert counts["unanswered"] == counts["wrong"] == 0 and counts["asked"] > 500, counts
    for number in (0, 101, 195):
        name = f"device-{number}" if number % 5 else f"geraet-{number}"
        assert ask(laptop.house, acme.server4, f"{name}.{acme.domain}")["answers"], name
    assert ask(laptop.house, acme.server4, f"record-195.{acme.domain}")["answers"] == ["192.168.99.195"]
    assert ask(laptop.house, acme.server4, f"record-190.{acme.domain}")["code"] == "NXDOMAIN"
    assert len(resolvers(acme)) == 1


@contextlib.contextmanager
def no_dnsmasq():
    net.run("mount", "--bind", "/bin/false", "/usr/sbin/dnsmasq")
    try:
        yield
    finally:
        net.run("umount", "/usr/sbin/dnsmasq")


def test_traffic_does_not_wait_for_dns(tenant):
    with no_dnsmasq():
        acme = tenant()
        laptop = acme.client("laptop")
        office = acme.site("office", "192.168.10.0/24", up=False)
        acme.take_profiles()
        assert laptop.house.reaches(office.host.address)
        shown = acme.show()
        assert shown["state"] == "active" and not shown["ready"]["dns_ready"]
        # Between two tries: while it tries there is no time of the next.
        failed = hub.wait_until(lambda: [item for item in acme.show()["pending"] if item["reason"] and item["retry_at"]], 10)
        assert failed[0]["step"] == "dns_ready" and "dnsmasq" in failed[0]["reason"]
        assert laptop.show()["pending"] == []
    assert hub.wait_until(lambda: acme.show()["ready"]["dns_ready"], 20)
    assert acme.show()["pending"] == []
    becomes(laptop.house, acme.show()["hub_addresses"][0], f"laptop.tenant{acme.number}.internal", [laptop.address])


def test_deleted_leaves_nothing(hub, internet, tenant):
    before = snapshot()
    made = tenant()
    laptop = made.client("laptop")
    warren("instance", "set", made.name, "--dns-record", "nas=192.168.10.9", "--split-dns", "corp.example=192.168.10.53")
    serves(made)
    assert snapshot()["processes"] - before["processes"]
    laptop.device.close()
    made.members.clear()
    warren("instance", "delete", made.id, "--yes")
    assert not difference(before, snapshot())


def test_down_with_tunnels_ends_it(acme):
    laptop = acme.client("laptop")
    serves(acme)
    hub.down("--tunnels")
    assert not hub.processes("dnsmasq")
    assert not list((hub.RUN / "dns").iterdir())
    hub.up()
    serves(acme)
    assert laptop.house.reaches(acme.server4, within=20)
    becomes(laptop.house, acme.server4, f"laptop.{acme.domain}", [laptop.address])


def test_status_shows_it_and_what_it_may(acme):
    serves(acme)
    pid = resolvers(acme).pop()
    role = next(role for role in warren("status")["roles"] if role["pid"] == pid)
    assert role["name"] == "dnsmasq" and role["instance_id"] == acme.id
    for word in ("no capability", "no_new_privs", "seccomp", "landlock"):
        assert word in role["sandbox"]["text"]
    real = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)
    assert real["NoNewPrivs"] == "1" and real["Seccomp"] == "2" and int(real["CapEff"], 16) == 0
    assert int(real["Uid"].split()[0]) != 0


def test_base_domain_is_taken_up(acme):
    laptop = acme.client("laptop")
    serves(acme)
    config = hub.pathlib.Path("/etc/warren/warren.conf")
    text = config.read_text()
    try:
        config.write_text(_with(text, "base_domain", "vpn.example.net"))
        hub.reload()
        name = f"laptop.tenant{acme.number}.vpn.example.net"
        assert laptop.show()["dns_name"] == name
        becomes(laptop.house, acme.server4, name, [laptop.address])
    finally:
        config.write_text(text)
        hub.reload()
    becomes(laptop.house, acme.server4, f"laptop.{acme.domain}", [laptop.address])


def _with(text, key, value):
    lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in text.splitlines()]
    assert f"{key} = {value}" in lines
    return "\n".join(lines) + "\n"
