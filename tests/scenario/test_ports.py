# SPDX-License-Identifier: GPL-2.0-or-later
"""Ports of this machine that other programs have: they keep them, and the hub says which it lacks."""

import contextlib
import socket

import pytest

TAKEN = "is taken by another program on this machine"


@contextlib.contextmanager
def program(kind, port):
    """Another program of the hub's machine, that listens there."""
    with socket.socket(socket.AF_INET, kind) as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mine.bind(("0.0.0.0", port))
        if kind == socket.SOCK_STREAM:
            mine.listen(4)
        yield mine


def next_ports(tenant):
    """What the next instance would get."""
    made = tenant()
    made.client("ports", "--protocol", "openvpn", up=False)
    shown = made.show()
    made.close()
    return shown["wireguard"]["port"], shown["openvpn"]["port"]


def test_new_instance_takes_the_next_free_ports(hub, tenant):
    wireguard, openvpn = next_ports(tenant)
    with program(socket.SOCK_DGRAM, wireguard), program(socket.SOCK_STREAM, openvpn):
        acme = tenant()
        acme.client("laptop", "--protocol", "openvpn", up=False)
        shown = acme.show()
        assert shown["state"] == "active"
        assert shown["wireguard"]["port"] == wireguard + 1
        assert shown["openvpn"]["port"] == openvpn + 1


def server_says(hub, acme, name):
    return acme.show()["openvpn"]["servers"][name]


def test_port_of_openvpn_is_held(hub, tenant):
    acme = tenant()
    acme.client("laptop", "--protocol", "openvpn", up=False)
    port = acme.show()["openvpn"]["port"]
    assert hub.wait_until(lambda: server_says(hub, acme, "tcp")["state"] == "ready", 15)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with pytest.raises(OSError, match="in use"), program(kind, port):
            pass


def published(port):
    from net import run

    return f"tcp . {port}" in run("nft", "list", "set", "inet", "warren", "published").stdout


def test_taken_port_is_named_and_left_alone(hub, tenant):
    acme = tenant()
    acme.client("laptop", "--protocol", "openvpn", up=False)
    port = acme.show()["openvpn"]["port"]
    assert hub.wait_until(lambda: server_says(hub, acme, "tcp")["state"] == "ready", 15)
    assert published(port)
    hub.stop()
    with program(socket.SOCK_STREAM, port):
        hub.start()
        said = hub.wait_until(lambda: server_says(hub, acme, "tcp")["failure"], 15)
        assert f"TCP port {port} {TAKEN}" in said
        assert hub.wait_until(lambda: not published(port), 10), "packets are led away from that program"
        assert server_says(hub, acme, "udp")["state"] == "ready"
    assert hub.wait_until(lambda: server_says(hub, acme, "tcp")["state"] == "ready", 30)
    assert hub.wait_until(lambda: published(port), 10)


def test_taken_port_of_wireguard_is_named(hub, tenant):
    acme = tenant()
    port = acme.show()["wireguard"]["port"]
    hub.stop()
    hub.down("--tunnels")
    with program(socket.SOCK_DGRAM, port):
        hub.start()
        said = hub.wait_until(lambda: [each["reason"] for each in acme.show()["pending"]], 15)
        assert any(f"UDP port {port} {TAKEN}" in reason for reason in said), said
    assert hub.wait_until(lambda: acme.show()["state"] == "active", 60)
