# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody changes the kernel by hand; within a resync all is as it should be."""

import time

import hub
import net
import pytest
from agreement import instance_disagreements
from hub import warren
from pinger import Pinger

RESYNC = 60


def _inside(tenant, *command):
    net.run("ip", "netns", "exec", tenant.namespace, *command)


def _wg(tenant, *words):
    inside, name = hub.device(tenant.id)
    net.run(*inside, "wg", "set", name, *words)


def _peer_removed(tenant, office, _laptop):
    _wg(tenant, "peer", office.peer["public_key"], "remove")


def _foreign_peer_added(tenant, _office, _laptop):
    key = net.run("wg", "pubkey", input=net.run("wg", "genkey").stdout).stdout.strip()
    _wg(tenant, "peer", key, "allowed-ips", "10.250.0.0/16")


def _allowed_changed(tenant, office, _laptop):
    _wg(tenant, "peer", office.peer["public_key"], "allowed-ips", "10.251.0.0/16")


def _routes_removed(tenant, _office, _laptop):
    _inside(tenant, "ip", "route", "flush", "proto", "87", "dev", "wg0")


def _address_removed(tenant, _office, _laptop):
    _inside(tenant, "ip", "addr", "flush", "dev", "wg0")


def _elements_removed(tenant, _office, _laptop):
    for name in ("client4", "site4", "client6"):
        _inside(tenant, "nft", "flush", "set", "inet", "warren", name)


def _rules_removed(tenant, _office, _laptop):
    _inside(tenant, "nft", "flush", "chain", "inet", "warren", "forward")


def _table_removed(tenant, _office, _laptop):
    _inside(tenant, "nft", "delete", "table", "inet", "warren")


def _uplink_removed(tenant, _office, _laptop):
    net.run("ip", "link", "del", f"wru-{tenant.id}")


def _link_removed(tenant, _office, _laptop):
    _inside(tenant, "ip", "link", "del", "wg0")


def _link_down(tenant, _office, _laptop):
    _inside(tenant, "ip", "link", "set", "wg0", "down")


DRIFTS = [
    _peer_removed, _foreign_peer_added, _allowed_changed, _routes_removed, _address_removed, _elements_removed,
    _rules_removed, _table_removed, _uplink_removed, _link_removed, _link_down,
]  # fmt: skip


def _is_well(tenant, office, laptop, within=1):
    shown = tenant.show()
    return (
        shown["state"] == "active"
        and not instance_disagreements(shown)
        and laptop.house.reaches(office.host.address, within=within)
        and laptop.house.reaches(net.SERVER4, within=within)
    )


def _said(tenant):
    try:
        return instance_disagreements(tenant.show())
    except AssertionError as error:
        return str(error)


def _mended(*scene):
    try:
        return _is_well(*scene)
    except (AssertionError, KeyError):
        return False


@pytest.mark.kernel
def test_drift_is_mended(tenant, internet):
    """Each kind on a tenant of its own, all at the same time."""
    scenes = {}
    for drift in DRIFTS:
        each = tenant()
        scenes[drift] = (each, each.site("office", "192.168.10.0/24"), each.client("laptop", "--full-tunnel"))
    for drift, scene in scenes.items():
        assert _is_well(*scene, within=10), f"before {drift.__name__}"
    for drift, scene in scenes.items():
        drift(*scene)
    waiting = dict(scenes)

    def all_mended():
        for drift in [drift for drift in waiting if _mended(*scenes[drift])]:
            del waiting[drift]
        return not waiting

    assert hub.wait_until(all_mended, RESYNC + 15, step=1), [
        (drift.__name__, scene[0].show()["state"], _said(scene[0])) for drift, scene in waiting.items()
    ]
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"]]
    assert "drift.repaired" in kinds


def test_hub_namespace_drift_is_mended(tenant, internet):
    acme = tenant()
    phone = acme.client("phone", "--full-tunnel")
    assert phone.house.reaches(net.SERVER4)
    with Pinger(phone.house, net.SERVER4, interval=0.02) as pinger:
        net.run("nft", "delete", "table", "inet", "warren")
        time.sleep(1)
        pinger.stop()
    assert pinger.lost > 0, "without the table nothing passes"
    assert phone.house.reaches(net.SERVER4, within=RESYNC + 15)


@pytest.mark.kernel
def test_resync_of_what_is_well_writes_nothing(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", "--full-tunnel")
    assert laptop.house.reaches(office.host.address)
    hub.stop()
    hub.start()
    assert hub.active(acme.name)
    resync = hub.wait_until(lambda: acme.show()["resync"] if acme.show()["resync"]["at"] else None, 10)
    assert resync["writes"] == 0
