# SPDX-License-Identifier: GPL-2.0-or-later
"""Warren's processes die, one by one and all together; what passes through the tunnels does not notice."""

import ctypes
import json
import os
import pathlib
import time

import hub
import net
import pytest
import tcp
from agreement import disagreements
from hub import warren
from pinger import Pinger
from residue import difference, snapshot


@pytest.fixture
def pair(tenant):
    """Two sites that reach each other."""
    acme = tenant()
    one = acme.site("one", "192.168.10.0/24", up=False)
    two = acme.site("two", "192.168.20.0/24", up=False)
    acme.take_profiles()
    assert one.host.reaches(two.host.address)
    return acme, one, two


def _comes_back(acme):
    """It answers, the instance is active, a change goes through, and all agree."""
    assert hub.wait_until(hub.answers, 20), hub.log_tail()
    assert hub.active(acme.name), hub.log_tail()
    warren("instance", "set", acme.name, "--client-to-client", "no")
    warren("instance", "set", acme.name, "--client-to-client", "yes")
    assert not disagreements()


@pytest.mark.core
@pytest.mark.parametrize("role", ["warren-engine", "warren-net", "warren-web", "warrend", pytest.param("all", marks=pytest.mark.kernel)])
def test_kill_loses_nothing(pair, role):
    acme, one, two = pair
    names = hub.ROLES if role == "all" else (role,)
    wireguard, link = set(hub.processes("wireguard-go")), hub.link_index(acme.id)
    stream = tcp.Stream(one.host, two.host, two.host.address, 6_000_000, pause=0.03)
    with Pinger(one.host, two.host.address) as pinger:
        killed = hub.kill(*names)
        assert killed
        time.sleep(1)
        if "warrend" in names:
            assert hub.wait_until(lambda: not hub.processes(), 5), "engine and workers end with warrend"
            hub.start()
        _comes_back(acme)
        pinger.stop()
    assert stream.finish()
    assert pinger.lost == 0, pinger
    assert pinger.sent > 20
    assert set(hub.processes("wireguard-go")) == wireguard, "wireguard-go is adopted, not started anew"
    assert hub.link_index(acme.id) == link, "its link is adopted, not made anew"
    assert not set(killed) & set(hub.processes())


def test_down_and_up_loses_nothing(pair):
    acme, one, two = pair
    stood = snapshot()
    with Pinger(one.host, two.host.address) as pinger:
        hub.down()
        assert not hub.processes()
        assert hub.cli("status").returncode == 3
        time.sleep(0.5)
        hub.up()
        _comes_back(acme)
        pinger.stop()
    assert pinger.lost == 0, pinger
    assert not difference(stood, snapshot())


def test_up_again_leaves_a_running_hub_alone(pair):
    acme, one, two = pair
    running = hub.settled()
    with Pinger(one.host, two.host.address) as pinger:
        said = hub.up().stdout
        pinger.stop()
    assert hub.processes() == running and "already" in said
    assert pinger.lost == 0, pinger


@pytest.mark.core
@pytest.mark.kernel
def test_lost_wireguard_is_back_within_a_second(pair, measured):
    """With the peers' endpoints: the hub calls them. The devices' own timers would take 15 s."""
    acme, one, two = pair
    # So that the endpoints have been read and kept.
    assert hub.wait_until(lambda: one.show()["connected"] and two.show()["connected"], 12)
    with Pinger(one.host, two.host.address, interval=0.02) as pinger:
        hub.lose_link(acme.id)
        time.sleep(4 * net.SLOW)
        pinger.stop()
    measured(f"{pinger}")
    assert pinger.lost > 0, "it was not lost"
    # The gap is known to one ping more or less.
    assert pinger.gap <= 1.0 * net.SLOW + pinger.interval, pinger
    assert hub.active(acme.name)
    assert not disagreements()
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"]]
    assert "wireguard.restarted" in kinds or hub.backend() == "kernel"


@pytest.mark.kernel
def test_stop_tunnels_takes_all_down_and_up_brings_all_back(pair, internet):
    acme, one, two = pair
    hub.down("--tunnels")
    left = snapshot()
    assert not [name for name in left["namespaces"] if name and name.startswith("wr-")]
    assert not [name for name in left["links"] if name.startswith("wr")]
    assert not [rule for rule in left["rules"] if "warren" in rule]
    assert not hub.processes("wireguard-go", *hub.ROLES).keys() & _of_warren("wireguard-go")
    assert one.host.pings(two.host.address) == 0
    hub.up()
    assert hub.active(acme.name)
    assert one.host.reaches(two.host.address, within=20)


def _of_warren(name):
    return {pid for pid, (_, words) in hub.processes(name).items() if any(word.startswith("wrg-") for word in words)}


def test_wireguard_go_sleeps_in_longer_steps(pair):
    """Or it spends a tenth of its time on waking up."""
    if warren("status")["backend"] == "kernel":
        pytest.skip("there is none")
    for pid in _of_warren("wireguard-go"):
        threads = [int(thread) for thread in os.listdir(f"/proc/{pid}/task")]
        assert len(threads) > 1
        assert {pathlib.Path(f"/proc/{thread}/timerslack_ns").read_text() for thread in threads} == {"200000\n"}


def test_a_stopped_process_does_not_stop_traffic(pair):
    """Hung, not dead: nothing of Warren is in the packets' way."""
    acme, one, two = pair
    pids = list(hub.processes())
    with Pinger(one.host, two.host.address) as pinger:
        net.run("kill", "-STOP", *pids)
        time.sleep(1)
        net.run("kill", "-CONT", *pids)
        _comes_back(acme)
        pinger.stop()
    assert pinger.lost == 0, pinger


def _landlock():
    """The version that this kernel has, 0 when it has none: landlock_create_ruleset(), asked for no more than that."""
    return max(0, ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


@pytest.mark.kernel
def test_status_shows_processes_and_what_they_may(pair):
    running = hub.settled()
    status = warren("status")
    assert status["backend"] in ("kernel", "userspace")
    shown = {role["pid"]: role for role in status["roles"] if role["name"] not in ("wireguard-go", "dnsmasq")}
    assert shown.keys() == running.keys()
    for pid, role in shown.items():
        real = dict(
            line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line
        )
        text = json.dumps(role)
        assert int(real["NoNewPrivs"]) == 1 and int(real["Seccomp"]) == 2, text
        assert role["sandbox"]["no_new_privs"] and role["sandbox"]["seccomp"], text
        if role["name"] == "warrend":
            continue
        assert role["sandbox"]["landlock_abi"] == _landlock(), text
        assert int(real["Uid"].split()[0]) != 0, text
        allowed = 1 << 12 if role["name"].startswith("warren-net") else 0
        assert int(real["CapEff"], 16) == allowed, text
