# SPDX-License-Identifier: GPL-2.0-or-later
"""`warren explain` against the truth: each break is made for real and shown by a ping, explain names it first, what
it says is done, and both the ping and explain say that all is well."""

import time

import hub
import net
import pytest
from hub import Api, Refused, warren

OPENVPN = ("--protocol", "openvpn")


def explain(tenant, source, target, *words):
    return warren("explain", tenant.name, "--from", source, "--to", target, *words)


def holds(tenant, source, target, *words):
    """Nothing is in the way; figures are a moment late."""
    said = hub.wait_until(lambda: (s := explain(tenant, source, target, *words)) and s["holds"] and s, 8)
    assert said, explain(tenant, source, target, *words)
    assert said["broken"] is None and not [step for step in said["steps"] if step["holds"] != "yes"], said
    return said


def breaks(tenant, source, target, step, *words):
    """It breaks there first: the step."""
    hub.wait_until(lambda: explain(tenant, source, target, *words)["broken"] == step, 4)
    said = explain(tenant, source, target, *words)
    assert said["broken"] == step and not said["holds"], said
    found = next(each for each in said["steps"] if each["holds"] == "no")
    assert found["step"] == step and found["text"], said
    return found


def mend(found, *words):
    """Does what it says; what the command says."""
    assert found["mend"] and found["command"].startswith("warren "), found
    return hub.run("bash", "-c", " ".join([found["command"], *words])).stdout


def bring_profile(found, member):
    """What a person does with the profile that they are told to bring to the device."""
    assert " profile show " in found["command"], found
    member.device.up(mend(found))


@pytest.fixture
def acme(tenant):
    """An office and a laptop that reaches it."""
    made = tenant(name="the acme's")  # a name that a shell would take apart
    made.office = made.site("office", "192.168.10.0/24", up=False)
    made.laptop = made.client("laptop", up=False)
    made.take_profiles()
    assert made.laptop.house.reaches(made.office.host.address)
    holds(made, "laptop", made.office.host.address)
    return made


# ---- who begins ----


@pytest.mark.core
def test_source_disabled(acme):
    target = acme.office.host.address
    acme.laptop.do("disable")
    assert acme.laptop.house.pings(target) == 0
    mend(breaks(acme, "laptop", target, "source_enabled"))
    assert acme.laptop.house.reaches(target, within=15)
    holds(acme, "laptop", target)


def test_source_expired(acme):
    target = acme.office.host.address
    acme.laptop.do("set", "--expires", "2s")
    time.sleep(3)
    assert acme.laptop.house.pings(target) == 0
    mend(breaks(acme, "laptop", target, "source_enabled"))
    assert acme.laptop.house.reaches(target, within=15)
    holds(acme, "laptop", target)


@pytest.mark.parametrize("options", [(), OPENVPN], ids=["wireguard", "openvpn"])
def test_profile_never_brought(acme, options):
    phone = acme.client("phone", *options, up=False)
    target = acme.office.host.address
    assert phone.house.pings(target) == 0
    bring_profile(breaks(acme, "phone", target, "source_connected"), phone)
    assert phone.house.reaches(target)
    holds(acme, "phone", target)


@pytest.mark.core
def test_keys_are_old(acme):
    target = acme.office.host.address
    acme.laptop.do("rekey")
    assert acme.laptop.house.pings(target) == 0
    bring_profile(breaks(acme, "laptop", target, "source_connected"), acme.laptop)
    assert acme.laptop.house.reaches(target)
    holds(acme, "laptop", target)


def test_openvpn_turned_off(acme):
    phone = acme.client("phone", *OPENVPN)
    target = acme.office.host.address
    assert phone.house.reaches(target)
    holds(acme, "phone", target)
    warren("instance", "set", acme.name, "--openvpn", "none")
    assert hub.wait_until(lambda: phone.house.pings(target, 1) == 0, 5), (acme.show(), explain(acme, "phone", target))
    found = breaks(acme, "phone", target, "source_connected")
    assert "off" in found["text"], found
    mend(found)
    assert phone.house.reaches(target, within=60)
    holds(acme, "phone", target)


def test_source_is_nobodys(acme):
    # The house has a second address that its profile does not.
    house = acme.laptop.house
    house.run("ip", "addr", "add", "10.99.99.99/32", "dev", acme.laptop.device.link)
    assert house.pings(acme.office.host.address, source="10.99.99.99") == 0
    breaks(acme, "10.99.99.99", acme.office.host.address, "source")
    breaks(acme, "internet", "laptop", "source")
    assert house.pings(acme.office.host.address, source=acme.laptop.address) == 2
    holds(acme, acme.laptop.address, acme.office.host.address)


# ---- whom it is for ----


@pytest.mark.core
def test_network_is_not_advertised(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    office.house.run("ip", "addr", "add", "192.168.11.1/24", "dev", "lan0")
    office.host.run("ip", "addr", "add", "192.168.11.10/24", "dev", "eth0")
    laptop = acme.client("laptop", "--full-tunnel")
    target = "192.168.11.10"
    assert laptop.house.reaches(office.host.address) and laptop.house.pings(target) == 0
    found = breaks(acme, "laptop", target, "destination")
    assert "office" in found["text"] and "192.168.10.0/24" in found["text"], found
    mend(found)
    assert laptop.house.reaches(target) and laptop.house.reaches(office.host.address)
    holds(acme, "laptop", target)


def test_tunnel_address_is_free(acme):
    assert acme.laptop.house.pings(acme.laptop.address.rsplit(".", 1)[0] + ".200") == 0
    breaks(acme, "laptop", acme.laptop.address.rsplit(".", 1)[0] + ".200", "destination")


@pytest.mark.core
def test_destination_disabled(acme):
    target = acme.office.host.address
    acme.office.do("disable")
    assert acme.laptop.house.pings(target) == 0
    mend(breaks(acme, "laptop", target, "destination_enabled"))
    assert acme.laptop.house.reaches(target, within=40)
    holds(acme, "laptop", target)


def test_destination_is_away(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24", options=OPENVPN)
    laptop = acme.client("laptop")
    assert laptop.house.reaches(office.host.address)
    holds(acme, "laptop", office.host.address)
    office.device.down()
    assert laptop.house.pings(office.host.address) == 0
    found = hub.wait_until(lambda: not office.show()["connected"], 150) and breaks(
        acme, "laptop", office.host.address, "destination_connected"
    )
    assert "last seen" in found["text"] and "device" in found["mend"] and not found["command"], found
    office.take_profile()
    assert laptop.house.reaches(office.host.address)
    holds(acme, "laptop", office.host.address)


# ---- routes ----


@pytest.mark.core
def test_split_tunnel_to_the_internet(acme, internet):
    internet.server.count_packets("hub", "ip", "saddr", net.HUB4, "icmp", "type", "echo-request")
    try:
        acme.laptop.house.pings(net.SERVER4)
        assert internet.server.counted("hub") == 0
        mend(breaks(acme, "laptop", net.SERVER4, "route"))
        acme.laptop.house.pings(net.SERVER4)
        assert internet.server.counted("hub") == 0
        bring_profile(breaks(acme, "laptop", net.SERVER4, "route"), acme.laptop)
        assert acme.laptop.house.reaches(net.SERVER4)
        assert internet.server.counted("hub") > 0
    finally:
        internet.server.uncount()
    holds(acme, "laptop", net.SERVER4)
    holds(acme, "laptop", "internet")


def test_pushed_network(acme):
    breaks(acme, "laptop", net.SERVER4, "route")
    warren("instance", "set", acme.name, "--push", "203.0.113.0/24")
    bring_profile(breaks(acme, "laptop", net.SERVER4, "route"), acme.laptop)
    assert acme.laptop.house.reaches(net.SERVER4)
    holds(acme, "laptop", net.SERVER4)
    # For clients alone.
    acme.office.take_profile()
    assert acme.office.host.pings(net.SERVER4) == 0
    breaks(acme, acme.office.host.address, net.SERVER4, "uplink")


@pytest.mark.core
def test_profile_is_older_than_the_site(acme):
    plant = acme.site("plant", "192.168.20.0/24")
    assert acme.laptop.house.pings(plant.host.address) == 0
    bring_profile(breaks(acme, "laptop", plant.host.address, "route"), acme.laptop)
    assert acme.laptop.house.reaches(plant.host.address)
    holds(acme, "laptop", plant.host.address)


def test_profile_with_an_exclusion(acme):
    target = acme.office.host.address
    acme.laptop.device.up(acme.laptop.profile("--exclude", "192.168.10.0/24"))
    assert acme.laptop.house.reaches(acme.office.address)
    assert acme.laptop.house.pings(target) == 0
    bring_profile(breaks(acme, "laptop", target, "route"), acme.laptop)
    assert acme.laptop.house.reaches(target)
    holds(acme, "laptop", target)


def test_openvpn_client_connected_before_the_site_was_there(acme):
    phone = acme.client("phone", *OPENVPN)
    assert phone.house.reaches(acme.office.host.address)
    time.sleep(1.1)
    plant = acme.site("plant", "192.168.20.0/24")
    assert phone.house.pings(plant.host.address) == 0
    mend(breaks(acme, "phone", plant.host.address, "route"))
    assert phone.house.reaches(plant.host.address, within=30)
    holds(acme, "phone", plant.host.address)


@pytest.mark.core
@pytest.mark.kernel
def test_the_far_site_knows_no_way_back(acme):
    plant = acme.site("plant", "192.168.20.0/24")
    # The plant knows the office, and the office nothing of the plant.
    assert plant.host.pings(acme.office.host.address) == 0
    found = breaks(acme, plant.host.address, acme.office.host.address, "return_route")
    bring_profile(found, acme.office)
    assert plant.host.reaches(acme.office.host.address)
    holds(acme, plant.host.address, acme.office.host.address)


# ---- rules ----


@pytest.mark.core
@pytest.mark.kernel
def test_rule_denies(acme):
    target = acme.office.host.address
    warren("firewall", "add", acme.name, "allow", "--from", "laptop", "--to", "172.16.0.1")
    rule = warren("firewall", "add", acme.name, "deny", "--from", "laptop", "--to", "site:office")
    assert acme.laptop.house.pings(target) == 0
    found = breaks(acme, "laptop", target, "firewall")
    assert "rule 2" in found["text"] and rule["id"] in found["text"], found
    mend(found)
    assert acme.laptop.house.reaches(target)
    said = holds(acme, "laptop", target)
    assert "rule 2 allows" in next(step["text"] for step in said["steps"] if step["step"] == "firewall")
    # The ping alone was let through.
    breaks(acme, "laptop", target, "firewall", "--port", "443")
    breaks(acme, "laptop", target, "firewall", "--port", "53", "--protocol", "udp")


def test_default_denies(acme):
    target = acme.office.host.address
    warren("instance", "set", acme.name, "--firewall-default", "deny")
    assert acme.laptop.house.pings(target) == 0
    mend(breaks(acme, "laptop", target, "firewall"))
    assert acme.laptop.house.reaches(target)
    holds(acme, "laptop", target)


@pytest.mark.core
def test_clients_are_kept_apart(acme):
    phone = acme.client("phone")
    assert phone.house.reaches(acme.instance["hub_addresses"][0])
    warren("instance", "set", acme.name, "--client-to-client", "no")
    assert acme.laptop.house.pings(phone.address) == 0
    mend(breaks(acme, "laptop", "phone", "client_to_client"))
    assert acme.laptop.house.reaches(phone.address)
    holds(acme, "laptop", "phone")


def test_the_hub_itself(acme):
    address = acme.instance["hub_addresses"][0]
    assert acme.laptop.house.pings(address) == 2
    holds(acme, "laptop", address)
    breaks(acme, "laptop", address, "firewall", "--port", "22")


def test_profile_with_another_mtu(acme):
    """What is larger than the instance's packets is lost in the middle; the profile that says so is to be brought."""
    target = acme.office.host.address
    large = ["ping", "-n", "-c", "2", "-W", "1", "-M", "do", "-s", "1350", target]
    assert acme.laptop.house.run(*large, check=False).returncode == 0

    def step():
        return next(each for each in explain(acme, "laptop", target)["steps"] if each["step"] == "mtu")

    assert step()["holds"] == "yes"
    warren("instance", "set", acme.name, "--mtu", "1300")
    assert acme.laptop.house.run(*large, check=False).returncode != 0
    found = hub.wait_until(lambda: (s := step()) and s["holds"] == "unknown" and s, 5)
    assert found and "1300" in found["text"] and found["mend"], step()
    bring_profile(found, acme.laptop)
    acme.office.take_profile()
    assert acme.laptop.house.reaches(target)
    said = acme.laptop.house.run(*large, check=False)
    assert "mtu=1300" in said.stdout + said.stderr, said
    assert step()["holds"] == "yes" and "1300" in step()["text"], step()


# ---- how it is told ----


def test_ipv6_and_where_names_stand(acme):
    said = holds(acme, acme.laptop.addresses[1], "office")
    assert said["to"]["address"] == acme.office.addresses[1] and said["to"]["peer"] == "office"
    said = holds(acme, "laptop", "site:office")
    assert said["to"]["place"] == "subnet" and said["to"]["address"] == "192.168.10.1"
    assert [step["step"] for step in said["steps"]][0] == "instance"


def test_an_end_and_itself(tenant):
    acme = tenant()
    acme.client("laptop", up=False)
    acme.site("office", "192.168.88.0/24", up=False)
    for one, other in (("laptop", "laptop"), ("site:office", "192.168.88.1")):
        with pytest.raises(Refused) as refused:
            warren("explain", acme.name, "--from", one, "--to", other)
        assert refused.value.status == 1 and "where it comes from" in refused.value.text


def test_for_people(acme):
    acme.office.do("disable")
    done = hub.cli("explain", acme.name, "--from", "laptop", "--to", "site:office")
    assert done.returncode == 0 and "\033" not in done.stdout
    marked = [line for line in done.stdout.splitlines() if line.startswith("->")]
    assert len(marked) == 1 and "destination enabled" in marked[0] and "NO" in marked[0], done.stdout
    assert "warren peer enable 'the acme'\\''s' office" in done.stdout
    acme.office.do("enable")


def test_nothing_is_changed_and_nothing_sent(acme):
    before = hub.audit_count()
    acme.office.host.count_packets("in", "ip", "daddr", acme.office.host.address)
    try:
        with Api() as api:
            for _ in range(20):
                path = f"/instances/{acme.id}/explain"
                answer = api.ask("GET", path, query={"from": "laptop", "to": acme.office.host.address, "port": "9"})
                assert answer["status"] == 200 and answer["body"]["protocol"] == "tcp"
        assert acme.office.host.counted("in") == 0
    finally:
        acme.office.host.uncount()
    assert hub.audit_count() == before
