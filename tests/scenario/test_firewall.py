# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules of an instance's firewall: each is first shown without it."""

import concurrent.futures
import random
import subprocess
import time

import hub
import net
import pytest
import tcp
from firewall import PORTS, Firewall, Servers, load, many, passes
from hub import Api, Refused, warren
from pinger import Pinger


def up(*members):
    members[0].tenant.take_profiles()
    for member in members:
        assert member.house.reaches(member.tenant.instance["hub_addresses"][0])


@pytest.fixture
def acme(tenant):
    made = tenant()
    made.firewall = Firewall(made)
    return made


# ---- what a rule can name ----


@pytest.mark.core
def test_peer_site_and_network(acme):
    office = acme.site("office", "192.168.10.0/24", "fd10::/64")
    plant = acme.site("plant", "192.168.20.0/24")
    laptop, phone = acme.client("laptop"), acme.client("phone")
    up(office, plant, laptop, phone)
    assert laptop.house.reaches(office.host.address) and laptop.house.reaches(office.address)
    # A site's subnets are not its tunnel address.
    rule = acme.firewall.add("deny", source="laptop", target="site:office")
    assert rule["pending"] == [] and rule["position"] == 1
    assert laptop.house.pings(office.host.address) == 0
    assert laptop.house.pings("fd10::a") == 0
    assert laptop.house.reaches(office.address) and laptop.house.reaches(office.addresses[1])
    assert phone.house.reaches(office.host.address) and phone.house.reaches("fd10::a")
    # A peer is both.
    acme.firewall.do("set", rule["id"], "--to", "peer:office")
    assert laptop.house.pings(office.address) == 0 and laptop.house.pings(office.addresses[1]) == 0
    assert laptop.house.pings("fd10::a") == 0
    # Only who begins matters.
    assert office.host.reaches(laptop.address)
    acme.firewall.do("set", rule["id"], "--direction", "both")
    assert office.host.pings(laptop.address) == 0
    # A network, and what a narrower rule before it allows.
    acme.firewall.do("set", rule["id"], "--from", "any", "--to", "192.168.0.0/16", "--direction", "one")
    assert phone.house.pings(office.host.address) == 0 and phone.house.pings(plant.host.address) == 0
    assert phone.house.reaches("fd10::a")
    acme.firewall.add("allow", source=phone.address, target=plant.host.address, position=1)
    assert phone.house.reaches(plant.host.address)
    assert phone.house.pings(office.host.address) == 0 and laptop.house.pings(plant.host.address) == 0
    acme.firewall.do("delete", rule["id"])
    assert laptop.house.reaches(plant.host.address)


def test_users_and_groups(acme):
    acme.user("anna")
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", "--user", "anna", "--group", "staff")
    phone = acme.client("phone", "--user", "anna")
    tablet = acme.client("tablet", "--group", "staff", "--group", "guests")
    up(office, laptop, phone, tablet)
    target = office.host.address
    rule = acme.firewall.add("deny", source="user:anna", target="site:office")
    assert [member.house.pings(target, 1) for member in (laptop, phone, tablet)] == [0, 0, 1]
    acme.firewall.do("set", rule["id"], "--from", "group:staff")
    assert [member.house.pings(target, 1) for member in (laptop, phone, tablet)] == [0, 1, 0]
    # Membership changes; the rule does not.
    revision = acme.firewall.do("show", rule["id"])["etag"]
    phone.do("set", "--group", "staff")
    assert phone.house.pings(target) == 0
    tablet.do("set", "--group", "none")
    assert tablet.house.reaches(target)
    # Gone from the group with its peer, back with it.
    laptop.do("disable")
    laptop.do("enable")
    laptop.take_profile()
    assert laptop.house.reaches(acme.instance["hub_addresses"][0]) and laptop.house.pings(target) == 0
    assert acme.firewall.do("show", rule["id"])["etag"] == revision


def test_ports_and_protocols(acme):
    office = acme.site("office", "192.168.10.0/24", "fd10::/64")
    laptop = acme.client("laptop")
    up(office, laptop)
    with Servers(office.host):

        def seen(target, source):
            found = {(p, port) for p in ("tcp", "udp") for port in PORTS if passes(laptop.house, source, target, p, port)}
            return found | ({"icmp"} if passes(laptop.house, source, target) else set())

        ends = [(office.host.address, laptop.address), ("fd10::a", laptop.addresses[1])]
        everything = {(p, port) for p in ("tcp", "udp") for port in PORTS} | {"icmp"}
        for target, source in ends:
            assert seen(target, source) == everything
        rule = acme.firewall.add("deny", source="laptop", target="site:office", protocol="tcp", port=["22", "80-443"])
        for target, source in ends:
            assert seen(target, source) == everything - {("tcp", 22), ("tcp", 80), ("tcp", 443)}
        acme.firewall.do("set", rule["id"], "--protocol", "udp", "--port", "443")
        for target, source in ends:
            assert seen(target, source) == everything - {("udp", 443)}
        acme.firewall.do("set", rule["id"], "--protocol", "icmp", "--port", "any")
        for target, source in ends:
            assert seen(target, source) == everything - {"icmp"}


@pytest.mark.kernel
def test_default_deny_and_clients_apart(acme):
    office = acme.site("office", "192.168.10.0/24")
    laptop, phone = acme.client("laptop"), acme.client("phone")
    up(office, laptop, phone)
    warren("instance", "set", acme.name, "--client-to-client", "yes")
    assert laptop.house.reaches(phone.address)
    warren("instance", "set", acme.name, "--client-to-client", "no")
    assert laptop.house.pings(phone.address) == 0
    # A rule says otherwise, and what was open is shut again with it.
    rule = acme.firewall.add("allow", source="laptop", target="phone")
    with Pinger(laptop.house, phone.address) as pinger:
        assert phone.house.pings(laptop.address) == 0
        acme.firewall.do("delete", rule["id"])
        time.sleep(0.5)
    assert pinger.received > 0 and pinger.lost > 0, pinger
    assert laptop.house.pings(phone.address) == 0
    warren("instance", "set", acme.name, "--client-to-client", "yes", "--firewall-default", "deny")
    assert laptop.house.pings(phone.address) == 0 and laptop.house.pings(office.host.address) == 0
    acme.firewall.add("allow", source="laptop", target="any")
    assert laptop.house.reaches(phone.address) and laptop.house.reaches(office.host.address)
    assert office.host.pings(phone.address) == 0
    warren("instance", "set", acme.name, "--firewall-default", "allow")
    assert office.host.reaches(phone.address)


# ---- what a change does to what runs ----


@pytest.mark.core
@pytest.mark.kernel
def test_a_new_deny_cuts_what_runs_and_nothing_else(acme):
    office = acme.site("office", "192.168.10.0/24")
    plant = acme.site("plant", "192.168.20.0/24")
    laptop = acme.client("laptop")
    up(office, plant, laptop)
    office.host.count_packets("stream", "tcp", "dport", str(tcp.PORT))
    # Not so fast that a ping finds the sockets' buffers full.
    stream = tcp.Stream(laptop.house, office.host, office.host.address, 1 << 30, 0.2)
    other = tcp.Stream(laptop.house, plant.host, plant.host.address, 16 * 65536, 0.2)
    try:
        with Pinger(laptop.house, office.host.address) as cut, Pinger(laptop.house, plant.host.address) as kept:
            # Changes that have nothing to do with them.
            for number in range(20):
                acme.firewall.add("deny", source=f"172.16.0.{number}", target="any")
            assert hub.wait_until(lambda: office.host.counted("stream") > 100, 5)
            before = time.monotonic()
            acme.firewall.add("deny", source="laptop", target="site:office", position=1)
            took = time.monotonic() - before
            at_once = office.host.counted("stream")
            time.sleep(1)
            assert office.host.counted("stream") == at_once
        assert kept.lost == 0, kept
        # Lost is only the end, from the change on.
        assert cut.lost > 10 and cut.gap >= 0.5 and abs(cut.lost * cut.interval - cut.gap) <= cut.interval, cut
        assert took < 1 * net.SLOW
        assert other.finish()
    finally:
        stream.process.kill()
        stream.listener.process.kill()
        office.host.uncount()


def _has_flowtables():
    """Of the kernel; the hub does without."""
    probe = "add table inet probe; add flowtable inet probe f { hook ingress priority 0; devices = { lo }; }"
    return net.run("unshare", "--net", "nft", probe, check=False).returncode == 0


class Running:
    """A stream from one client to the other that goes on until it is shut, and how it goes through the instance."""

    def __init__(self, acme, sender, receiver):
        self.inside, self.receiver = net.Namespace(acme.namespace, make=False), receiver
        for namespace in (self.inside, receiver.house):
            namespace.count_packets("stream", "tcp", "dport", str(tcp.PORT))
        self.stream = tcp.Stream(sender.house, receiver.house, receiver.address, 1 << 30, 0.05)
        self._comes(100)

    def _comes(self, packets):
        at_first = self.receiver.house.counted("stream")
        assert hub.wait_until(lambda: self.receiver.house.counted("stream") > at_first + packets, 10)

    def is_fast(self):
        """Past all chains: none sees the packets that come."""
        at_first = self.inside.counted("stream")
        self._comes(100)
        return self.inside.counted("stream") - at_first < 10

    def has_ended(self):
        at_once = self.receiver.house.counted("stream")
        time.sleep(1)
        return self.receiver.house.counted("stream") == at_once

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.stream.process, self.stream.listener.process):
            process.kill()
            process.wait()
        for namespace in (self.inside, self.receiver.house):
            namespace.uncount()


@pytest.mark.core
@pytest.mark.kernel
def test_whatever_shuts_a_flow_ends_it(acme):
    """Also where the kernel forwards it past all chains, and then comes back to them."""
    has_fast = _has_flowtables()
    laptop, phone = acme.client("laptop"), acme.client("phone")
    guest = acme.client("guest", "--expires", "1h")
    office = acme.site("office", "192.168.10.0/24")
    up(laptop, phone, guest, office)
    warren("instance", "set", acme.name, "--client-to-client", "yes")
    other = tcp.Stream(laptop.house, office.host, office.host.address, 1200 * 65536, 0.05 * net.SLOW)
    with Running(acme, laptop, guest) as running:
        assert not running.is_fast()
    with Running(acme, laptop, phone) as running:
        assert running.is_fast() == has_fast
        # A change that has nothing to do with it.
        acme.firewall.add("deny", source="172.16.0.1", target="any")
        assert running.is_fast() == has_fast
        rule = acme.firewall.add("deny", source="laptop", target="phone")
        assert running.has_ended()
    acme.firewall.do("delete", rule["id"])
    with Running(acme, laptop, phone) as running:
        assert running.is_fast() == has_fast
        warren("instance", "set", acme.name, "--client-to-client", "no")
        assert running.has_ended()
    time_left = f"{8 * net.SLOW:.0f}s"
    acme.firewall.add("allow", source="laptop", target="phone", expires=time_left, position=1)
    with Running(acme, laptop, phone) as running:
        assert not running.is_fast()
        assert hub.wait_until(running.has_ended, 15)
    warren("instance", "set", acme.name, "--client-to-client", "yes")
    with Running(acme, laptop, phone) as running:
        assert running.is_fast() == has_fast
        phone.do("set", "--expires", time_left)
        assert not running.is_fast()
        hub.kill()
        try:
            time.sleep(9 * net.SLOW)
            assert running.has_ended()
        finally:
            hub.start()
    assert hub.active(acme.name)
    phone.do("enable", "--expires", "never")
    assert laptop.house.reaches(phone.address, 20)
    with Running(acme, laptop, phone) as running:
        assert running.is_fast() == has_fast
        phone.do("disable")
        assert running.has_ended()
    assert other.finish()


@pytest.mark.kernel
def test_answers_stop_too(acme):
    """What only flows back: the source says nothing more, and the answers must end all the same."""
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    up(office, laptop)
    answering = (
        "import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('0.0.0.0',9000))\n"
        "print('there',flush=True)\nd,a=s.recvfrom(9)\nwhile True:\n s.sendto(b'x',a); time.sleep(0.02)"
    )
    asking_once = (
        "import socket,sys,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind((sys.argv[1],0))\n"
        "s.sendto(b'go',(sys.argv[2],9000))\ntime.sleep(600)"
    )
    laptop.house.count_packets("back", "udp", "sport", "9000")
    sender = office.host.start("/usr/bin/python3", "-c", answering, stdout=subprocess.PIPE)
    assert sender.stdout.readline() == "there\n"
    listener = laptop.house.start("/usr/bin/python3", "-c", asking_once, laptop.address, office.host.address)
    try:
        assert hub.wait_until(lambda: laptop.house.counted("back") > 20, 5)
        acme.firewall.add("deny", source="laptop", target="site:office")
        # Those on their way.
        time.sleep(0.1 * net.SLOW)
        at_once = laptop.house.counted("back")
        time.sleep(1)
        assert laptop.house.counted("back") == at_once
    finally:
        sender.kill()
        listener.kill()
        laptop.house.uncount()


def test_order_is_kept(acme):
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    up(office, laptop)
    names = [acme.firewall.add("deny", source=f"172.16.0.{number}", target="any")["id"] for number in range(5)]
    deny = acme.firewall.add("deny", source="laptop", target="any")
    allow = acme.firewall.add("allow", source="laptop", target="site:office")
    assert laptop.house.pings(office.host.address) == 0
    handles = acme.firewall.handles()
    moved = acme.firewall.do("move", allow["id"], "--position", "1")
    assert moved["position"] == 1
    assert laptop.house.reaches(office.host.address) and laptop.house.pings(office.address) == 0
    assert [rule["id"] for rule in acme.firewall.rules()] == [allow["id"], *names, deny["id"]]
    kept = {rule: handle for rule, handle in acme.firewall.handles().items() if not rule.startswith(allow["id"])}
    assert kept == {rule: handle for rule, handle in handles.items() if not rule.startswith(allow["id"])}
    acme.firewall.do("move", deny["id"], "--position", "1")
    assert laptop.house.pings(office.host.address) == 0
    # So often into the same gap that all are numbered anew.
    for _ in range(30):
        names.insert(0, acme.firewall.add("deny", source="172.17.0.1", target="any", position=2)["id"])
    order = [deny["id"], *names[:30], allow["id"], *names[30:]]
    assert [rule["id"] for rule in acme.firewall.rules()] == order
    assert list(dict.fromkeys(rule.split()[0] for rule in acme.firewall.handles())) == order


def test_a_change_of_a_site_rewrites_only_its_rules(acme):
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    up(office, laptop)
    rule = acme.firewall.add("deny", source="laptop", target="site:office")
    for number in range(10):
        acme.firewall.add("deny", source=f"172.16.0.{number}", target="peer:laptop")
    before = acme.firewall.handles()
    office.do("set", "--subnet", "192.168.10.0/24", "--subnet", "192.168.11.0/24")
    after = acme.firewall.handles()
    assert {name for name in before if before[name] != after.get(name)} == {f"{rule['id']} 0"}
    assert acme.firewall.test("laptop", "192.168.11.9") == "deny"


# ---- time ----


@pytest.mark.core
@pytest.mark.kernel
def test_expiry_is_the_kernels(acme):
    office = acme.site("office", "192.168.10.0/24")
    plant = acme.site("plant", "192.168.20.0/24")
    laptop = acme.client("laptop")
    up(office, plant, laptop)
    acme.firewall.add("deny", source="laptop", target="any")
    acme.firewall.add("allow", source="laptop", target="site:plant", position=1)
    time_left = f"{6 * net.SLOW:.0f}s"
    allowed = acme.firewall.add("allow", source="laptop", target="site:office", expires=time_left, position=1)
    denied = acme.firewall.add("deny", source="laptop", target="site:plant", expires=time_left, position=1)
    assert allowed["expires_at"] and not allowed["expired"]
    assert laptop.house.reaches(office.host.address) and laptop.house.pings(plant.host.address) == 0
    try:
        with Pinger(laptop.house, office.host.address) as pinger:
            hub.kill()
            assert laptop.house.pings(office.host.address) == 2
            time.sleep(6 * net.SLOW)
            assert laptop.house.pings(office.host.address) == 0
        assert pinger.lost > 10 and abs(pinger.lost * pinger.interval - pinger.gap) <= pinger.interval, pinger
        assert laptop.house.reaches(plant.host.address)
    finally:
        hub.start()
    assert hub.active(acme.name)
    assert acme.firewall.do("show", allowed["id"])["expired"] and acme.firewall.do("show", denied["id"])["expired"]
    assert laptop.house.pings(office.host.address) == 0 and laptop.house.reaches(plant.host.address)
    acme.firewall.do("set", allowed["id"], "--expires", "1h")
    assert laptop.house.reaches(office.host.address)


# ---- what survives ----


@pytest.mark.core
@pytest.mark.kernel
def test_killed_and_nothing_opens(acme):
    office = acme.site("office", "192.168.10.0/24")
    laptop, phone = acme.client("laptop"), acme.client("phone")
    up(office, laptop, phone)
    rule = acme.firewall.add("deny", source="laptop", target="any")
    for number in range(50):
        acme.firewall.add("allow", source=f"172.16.0.{number}", target="group:nobody", direction="both")
    handles = acme.firewall.handles()
    # One of each family; the others can't match anything.
    assert set(handles) == {f"{rule['id']} 0", f"{rule['id']} 1"}
    office.host.count_packets("in", "ip", "saddr", laptop.address)
    flood = laptop.house.start("ping", "-n", "-q", "-i", "0.02", office.host.address)
    try:
        with Pinger(phone.house, office.host.address) as kept:
            for _ in range(3):
                hub.kill()
                time.sleep(0.3)
                hub.start()
                assert hub.active(acme.name)
        assert kept.lost == 0, kept
        assert office.host.counted("in") == 0
        assert acme.firewall.handles() == handles
    finally:
        flood.kill()
        office.host.uncount()


def test_hits_are_counted_on(acme):
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    up(office, laptop)
    rule = acme.firewall.add("deny", source="laptop", target="site:office")
    allowed = acme.firewall.add("allow", source="laptop", target="peer:office")

    def wait(rule_id, hits):
        assert hub.wait_until(lambda: acme.firewall.hits(rule_id) == hits, 6), acme.firewall.hits(rule_id)

    assert laptop.house.pings(office.host.address, 3) == 0
    assert laptop.house.pings(office.address, 3) == 3
    wait(rule["id"], 3)
    wait(allowed["id"], 1)  # a flow is judged once
    # Other rules change, this one changes and moves, the hub dies.
    acme.firewall.add("deny", source="172.16.0.1", target="any", position=1)
    acme.firewall.do("set", rule["id"], "--comment", "no office", "--direction", "both")
    acme.firewall.do("move", rule["id"], "--position", "3")
    acme.firewall.do("move", rule["id"], "--position", "1")
    assert laptop.house.pings(office.host.address, 2) == 0
    wait(rule["id"], 5)
    hub.kill()
    assert laptop.house.pings(office.host.address, 2) == 0
    hub.start()
    assert hub.active(acme.name)
    wait(rule["id"], 7)
    acme.firewall.nft("delete", "table", "inet", "warren_rules")
    assert hub.wait_until(lambda: len(acme.firewall.handles()) > 0, 5)
    assert laptop.house.pings(office.host.address, 2) == 0
    wait(rule["id"], 9)


@pytest.mark.core
def test_drift_is_mended(acme):
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    up(office, laptop)
    rules = [acme.firewall.add("deny", source="laptop", target="site:office")]
    rules += [acme.firewall.add("allow", source=f"172.16.0.{number}", target="any") for number in range(3)]
    before = acme.firewall.handles()
    gone = f"{rules[0]['id']} 0"
    acme.firewall.nft("delete", "rule", "inet", "warren_rules", "rules", "handle", before[gone])
    assert hub.wait_until(lambda: gone in acme.firewall.handles(), 5)
    after = acme.firewall.handles()
    assert {name for name in before if before[name] != after[name]} == {gone}
    assert list(after) == list(before)
    assert laptop.house.pings(office.host.address) == 0
    for harm in (["flush", "chain", "inet", "warren_rules", "rules"],
                 ["insert", "rule", "inet", "warren_rules", "forward", "accept"],
                 ["delete", "table", "inet", "warren_rules"]):  # fmt: skip
        acme.firewall.nft(*harm)
        assert hub.wait_until(lambda: laptop.house.pings(office.host.address, 1) == 0, 5), harm
        assert hub.wait_until(lambda: list(acme.firewall.handles()) == list(before), 5), harm
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"]]
    assert "drift.repaired" in kinds and "firewall.changed" in kinds


# ---- the evaluator ----


def test_random_rules_agree_with_the_kernel(acme, measured):
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)
    office = acme.site("office", "192.168.10.0/24", "fd10::/64")
    plant = acme.site("plant", "192.168.20.0/24", "fd20::/64")
    acme.user("anna")
    laptop = acme.client("laptop", "--group", "staff", "--user", "anna")
    phone = acme.client("phone", "--group", "staff")
    up(office, plant, laptop, phone)
    places = [
        (laptop, laptop.house, laptop.address), (laptop, laptop.house, laptop.addresses[1]),
        (phone, phone.house, phone.address), (phone, phone.house, phone.addresses[1]),
        (office, office.host, office.host.address), (office, office.host, "fd10::a"),
        (plant, plant.host, plant.host.address), (plant, plant.host, "fd20::a"),
        (office, office.house, office.address), (plant, plant.house, plant.addresses[1]),
    ]  # fmt: skip
    ends = ["any", "peer:laptop", "phone", "peer:office", "site:office", "site:plant", "user:anna", "group:staff",
            "192.168.0.0/16", "192.168.10.8/30", "fd10::/16", laptop.address, "0.0.0.0/0", "::/0", "group:nobody",
            "10.66.0.0/15", "fd20::a"]  # fmt: skip

    def rule():
        protocol = dice.choice(["any", "tcp", "tcp", "udp", "icmp"])
        options = {"source": dice.choice(ends), "target": dice.choice(ends), "protocol": protocol,
                   "direction": dice.choice(["one", "both"]), "position": dice.randint(1, 12)}  # fmt: skip
        if protocol in ("tcp", "udp") and dice.random() < 0.7:
            options["port"] = dice.sample(["22", "80-443", "8080", "1-100", "443"], dice.randint(1, 2))
        return dice.choice(["allow", "deny"]), options

    def flow():
        owner, namespace, source = dice.choice(places)
        others = [place for place in places if place[0] is not owner and (":" in place[2]) == (":" in source)]
        target = dice.choice(others)[2]
        protocol = dice.choice(["tcp", "tcp", "udp", "icmp"])
        return namespace, source, target, protocol, dice.choice(PORTS) if protocol != "icmp" else 0

    def compare(each):
        namespace, source, target, protocol, port = each
        said = acme.firewall.test(source, target, protocol=protocol, **({"port": port} if port else {}))
        done = passes(namespace, source, target, protocol, port)
        if done != (said == "allow"):  # once more, with more patience
            done = passes(namespace, source, target, protocol, port, 3)
        return said, "allow" if done else "deny", each[1:]

    seen = []
    assert laptop.house.reaches("fd10::a") and phone.house.reaches("fd20::a")
    with Servers(laptop.house, phone.house, office.host, plant.host, office.house, plant.house):
        for round_number in range(4):
            warren("instance", "set", acme.name, "--firewall-default", ("allow", "deny")[round_number & 1],
                   "--client-to-client", ("yes", "no")[round_number >> 1])  # fmt: skip
            for _ in range(10):
                action, options = rule()
                acme.firewall.add(action, **options)
            flows = [flow() for _ in range(40)]
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                for said, done, each in pool.map(compare, flows):
                    assert said == done, f"seed {seed}: {each}: said {said}, is {done}\n{acme.firewall.rules()}"
                    seen.append(done)
            for each in dice.sample(acme.firewall.rules(), 5):
                acme.firewall.do("delete", each["id"])
    assert min(seen.count("allow"), seen.count("deny")) >= 20, seen
    measured(f"{len(seen)} flows, {seen.count('allow')} allowed; seed {seed}")


def test_what_a_test_says(acme):
    office = acme.site("office", "192.168.10.0/24", up=False)
    laptop = acme.client("laptop", up=False)
    assert acme.firewall.test("laptop", "office") == "allow"
    rule = acme.firewall.add("deny", source="laptop", target="site:office", protocol="tcp", port="22")
    said = acme.firewall.do("test", "--from", "laptop", "--to", office.host.address, "--port", "22")
    assert said["action"] == "deny" and said["rule"] == rule["id"] and said["reason"] == "rule"
    assert said["position"] == 1 and said["from_address"] == laptop.address
    # The site's tunnel address is not among its subnets.
    assert acme.firewall.test("laptop", "office", port=22) == "mixed"
    assert acme.firewall.test("laptop", "office", port=23) == "allow"
    reasons = {
        ("laptop", "10.99.0.1"): "no_destination",
        ("laptop", "203.0.113.10"): "no_uplink",
        ("192.0.2.1", "laptop"): "no_source",
        ("laptop", acme.instance["hub_addresses"][0]): "hub",
        ("laptop", "192.168.10.77"): "default",
    }
    for (source, target), reason in reasons.items():
        assert acme.firewall.do("test", "--from", source, "--to", target)["reason"] == reason, (source, target)


def test_ends_that_a_test_takes(acme):
    office = acme.site("office", "192.168.10.0/24", up=False)
    laptop = acme.client("laptop", "--group", "staff", up=False)
    phone = acme.client("phone", "--group", "staff", up=False)
    acme.firewall.add("deny", source="laptop", target="site:office", protocol="tcp", port="22")
    network = acme.instance["networks"][0]
    for source in ("group:staff", network):
        said = acme.firewall.do("test", "--from", source, "--to", "site:office", "--port", "22")
        assert said["action"] == "mixed" and said["from_address"] == laptop.address, (source, said)
    # Of the network: both clients and the site's own tunnel address, not the hub.
    assert said["allowed"] + said["denied"] == 3
    assert acme.firewall.do("test", "--from", "laptop", "--to", "internet")["reason"] == "no_uplink"
    name = phone.show()["dns_name"]
    assert acme.firewall.do("test", "--from", name, "--to", "office")["from_address"] == phone.address
    said = warren("explain", acme.name, "--from", name, "--to", office.host.address)
    assert said["from"]["peer"] == "phone"
    for many in ("group:staff", network):
        with pytest.raises(hub.Refused, match="has several peers"):
            warren("explain", acme.name, "--from", many, "--to", "site:office")


def test_checks_that_refuse_say_what_would_do(acme):
    acme.site("office", "192.168.10.0/24", up=False)
    acme.client("laptop", up=False)
    warren("firewall", "check", "add", acme.name, "allow", "--from", "laptop", "--to", "site:office")
    refused = hub.cli("peer", "disable", acme.name, "laptop")
    assert refused.returncode == 1 and "would no longer hold" in refused.stderr and "--force" in refused.stderr
    plan = hub.cli("peer", "disable", acme.name, "laptop", "--dry-run")
    assert plan.returncode == 1 and "enabled" in plan.stdout and "--force" in plan.stderr
    assert warren("peer", "disable", acme.name, "laptop", "--force")["enabled"] is False


def test_saved_checks_guard_changes(acme):
    acme.site("office", "192.168.10.0/24", up=False)
    acme.site("plant", "192.168.20.0/24", up=False)
    laptop = acme.client("laptop", "--group", "staff", up=False)

    def check(*words):
        return warren("firewall", "check", *words)

    check("add", acme.name, "allow", "--from", "laptop", "--to", "192.168.10.5", "--port", "443")
    never = check("add", acme.name, "deny", "--from", "laptop", "--to", "site:plant", "--port", "22")
    assert never["holds"] is False and never["finding"]["reason"] == "default"
    assert hub.cli("firewall", "check", "run", acme.name).returncode == 1
    # What did not hold before does not stand in the way.
    guard = acme.firewall.add("deny", source="group:staff", target="site:plant")
    assert hub.cli("firewall", "check", "run", acme.name).returncode == 0
    audits = hub.audit_count()
    for words in (["add", acme.name, "deny", "--to", "site:office", "--position", "1"],
                  ["delete", acme.name, guard["id"]],
                  ["disable", acme.name, guard["id"]],
                  ["set", acme.name, guard["id"], "--protocol", "udp"]):  # fmt: skip
        with pytest.raises(hub.Refused, match="would no longer hold"):
            warren("firewall", *words)
    with pytest.raises(hub.Refused, match="would no longer hold: deny from peer:laptop to site:plant, tcp 22"):
        warren("peer", "set", acme.name, "laptop", "--group", "none")
    with pytest.raises(hub.Refused, match="would no longer hold"):
        warren("instance", "set", acme.name, "--firewall-default", "deny")
    with pytest.raises(hub.Refused, match="would no longer hold"):
        laptop.do("disable")
    assert hub.audit_count() == audits and len(acme.firewall.rules()) == 1
    acme.firewall.do("delete", guard["id"], "--force")
    assert acme.firewall.rules() == []
    listed = check("list", acme.name)["items"]
    assert [item["holds"] for item in listed] == [True, False]
    check("delete", acme.name, listed[0]["id"])
    warren("instance", "set", acme.name, "--firewall-default", "deny")
    assert [item["expect"] for item in check("list", acme.name)["items"]] == ["deny"]


def test_a_change_is_tried_before_it_is_done(acme):
    """What a dry run says of a flow is what happens to it then."""
    office, laptop = acme.site("office", "192.168.10.0/24"), acme.client("laptop")
    acme.take_profiles()
    target = office.host.address
    assert laptop.house.reaches(target)
    flow = ["--test-from", "laptop", "--test-to", target]
    words = ["firewall", "add", acme.name, "deny", "--from", "laptop", "--to", "site:office"]
    would = warren(*words, "--dry-run", *flow)
    assert (would["finding"]["action"], would["finding"]["reason"], would["finding"]["position"]) == ("deny", "rule", 1)
    assert laptop.house.pings(target, 1) == 1 and warren("firewall", "list", acme.name)["items"] == []
    assert "finding" not in warren(*words, "--dry-run")
    rule = warren(*words)
    assert laptop.house.pings(target, 1) == 0
    # Of each change of it: what would let the laptop in again, and what would not.
    other = warren("firewall", "add", acme.name, "allow", "--from", "laptop", "--to", "site:office")
    for verb, action in ((["disable", rule["id"]], "allow"), (["delete", rule["id"]], "allow"), (["move", other["id"], "--position", 1], "allow"),
                         (["set", rule["id"], "--protocol", "udp"], "allow"), (["disable", other["id"]], "deny")):  # fmt: skip
        said = warren("firewall", verb[0], acme.name, *verb[1:], "--dry-run", *flow)
        assert said["finding"]["action"] == action, (verb, said)
    udp = warren("firewall", "set", acme.name, rule["id"], "--protocol", "udp", "--dry-run", *flow, "--test-port", 53, "--test-protocol", "udp")
    assert udp["finding"]["action"] == "deny"
    assert laptop.house.pings(target, 1) == 0
    said = hub.cli("firewall", "delete", acme.name, rule["id"], "--dry-run", *flow).stdout
    assert "The flow would be: allow, by rule 1" in said
    # What is wrong with the flow is said of its own fields.
    for more, field in ((["--test-from", "nobody", "--test-to", target], "test_from"), (["--test-from", "laptop"], "test_to")):
        with pytest.raises(Refused) as refused:
            warren(*words, "--dry-run", *more)
        assert field in refused.value.text
    assert len(warren("firewall", "list", acme.name)["items"]) == 2


def test_changes_are_as_all_others(acme):
    acme.client("laptop", up=False)
    path = f"/instances/{acme.id}/firewall"
    with Api() as api:
        body = {"action": "deny", "from": "laptop", "comment": "why"}
        would = api.ask("POST", path, body, {"dry_run": "1"})
        assert would["status"] == 200 and would["body"]["would"]["from"] == "peer:laptop"
        assert api.ask("GET", path)["body"]["items"] == []
        first = api.ask("POST", path, body, headers={"idempotency-key": "one"})
        again = api.ask("POST", path, body, headers={"idempotency-key": "one"})
        assert first["status"] == 201 and again["replayed"] and again["body"]["id"] == first["body"]["id"]
        rule = f"{path}/{first['body']['id']}"
        assert api.ask("PATCH", rule, {"comment": "x"}, headers={"if-match": '"r7"'})["status"] == 412
        assert api.ask("PATCH", rule, {"comment": "x"}, headers={"if-match": '"r1"'})["etag"] == '"r2"'
        audits = hub.audit_count()
        assert api.ask("PATCH", rule, {"comment": "x"})["etag"] == '"r2"' and hub.audit_count() == audits
        assert api.ask("DELETE", rule)["body"]["deleted"]
        assert api.ask("DELETE", rule)["status"] == 404
    entry = warren("audit", "list", "--limit", "1")["items"][0]
    assert entry["action"] == "firewall.delete" and entry["object"] == f"instance/{acme.id}/rule/{first['body']['id']}"
    assert warren("audit", "verify")["whole"]


# ---- many ----


def test_ten_thousand_rules(acme, measured):
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    up(office, laptop)
    hub.stop()
    load(acme.id, many(10000))
    started = time.monotonic()
    hub.start()
    assert hub.active(acme.name)
    measured(f"hub started with 10,000 rules in {time.monotonic() - started:.2f} s")
    assert hub.wait_until(lambda: len(acme.firewall.handles()) == 10000, 10)
    assert laptop.house.reaches(office.host.address)
    before = acme.firewall.handles()
    name = list(before)[5000].split()[0]
    with Pinger(laptop.house, office.host.address) as pinger:
        started = time.monotonic()
        acme.firewall.do("set", name, "--from", "laptop", "--to", "site:office", "--protocol", "icmp", "--port", "any",
                         "--action", "deny")  # fmt: skip
        measured(f"one of 10,000 changed by the command line in {(time.monotonic() - started) * 1000:.0f} ms")
        time.sleep(0.5)
    assert pinger.lost > 5, pinger
    after = acme.firewall.handles()
    assert list(after) == list(before)
    assert {rule for rule in before if before[rule] != after[rule]} == {f"{name} 0"}
    assert acme.firewall.test("laptop", "site:office") == "deny"
    # Killed with all of them, and nothing is written again.
    hub.kill()
    hub.start()
    assert hub.active(acme.name)
    assert acme.firewall.handles() == after
    assert laptop.house.pings(office.host.address) == 0
