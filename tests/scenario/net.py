# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces and a small internet: a bridge that the hub (the world's own namespace) and every device hang on,
a gateway, and a server beyond it. IPv4 and IPv6."""

import ipaddress
import json
import os
import re
import subprocess
import tempfile
import time

HUB4, HUB6 = "198.51.100.1", "2001:db8::1"
GATEWAY4, GATEWAY6 = "198.51.100.254", "2001:db8::fe"
# How many times longer than usual this machine may take for what it does itself.
SLOW = float(os.environ.get("WARREN_SLOW") or 1)
SERVER4, SERVER6 = "203.0.113.10", "2001:db8:1::10"


def run(*command, check=True, **options):
    # Into files, not pipes: what a command leaves running would hold a pipe open.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run([str(word) for word in command], text=True, stdout=out, stderr=err, **options)
        done.stdout, done.stderr = (file.seek(0) or file.read() for file in (out, err))
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Namespace:
    """A network namespace; the name None is the one that the hub lives in."""

    def __init__(self, name=None, make=True):
        self.name = name
        if name and make:
            run("ip", "netns", "add", name)
            self.run("ip", "link", "set", "lo", "up")
            self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                     "net.ipv6.conf.default.accept_dad=0", "net.ipv4.ping_group_range=0 2147483647")  # fmt: skip

    def words(self, *command):
        return ["ip", "netns", "exec", self.name, *map(str, command)] if self.name else [*map(str, command)]

    def run(self, *command, **options):
        return run(*self.words(*command), **options)

    def start(self, *command, **options):
        return subprocess.Popen(self.words(*command), text=True, **options)

    def pings(self, address, count=2, source=None):
        """How many of the pings were answered."""
        options = ["-I", source] if source else []
        said = self.run("ping", "-n", "-i", "0.2", "-W", "1", "-c", count, *options, address, check=False).stdout
        found = re.search(r"(\d+) received", said)
        return int(found[1]) if found else 0

    def reaches(self, address, within=5, source=None):
        """Waits for an answer."""
        deadline = time.monotonic() + within * SLOW
        while time.monotonic() < deadline:
            if self.pings(address, 1, source):
                return True
        return False

    def routes(self, *filter_words):
        return json.loads(self.run("ip", "-j", *filter_words).stdout or "[]")

    def count_packets(self, name, *match):
        """An nft counter of incoming packets that match; read it with counted()."""
        self.run("nft", "add", "table", "inet", "watch")
        self.run("nft", "add", "chain", "inet", "watch", name, "{ type filter hook prerouting priority -400; }")
        self.run("nft", "add", "rule", "inet", "watch", name, *match, "counter")

    def counted(self, name):
        said = json.loads(self.run("nft", "-j", "list", "chain", "inet", "watch", name).stdout)
        rules = [item["rule"] for item in said["nftables"] if "rule" in item]
        return next(part["counter"]["packets"] for part in rules[0]["expr"] if "counter" in part)

    def uncount(self):
        self.run("nft", "delete", "table", "inet", "watch", check=False)

    def close(self):
        run("ip", "netns", "delete", self.name, check=False)


def join(inside, name, outside, other):
    """A veth pair: `name` in one namespace, `other` in the other."""
    run("ip", "link", "add", other, "type", "veth", "peer", "name", "veth-tmp")
    for namespace, label, final in ((inside, "veth-tmp", name), (outside, other, other)):
        if namespace.name:
            run("ip", "link", "set", label, "netns", namespace.name)
        namespace.run("ip", "link", "set", label, "name", final, "up")


class Internet:
    def __init__(self):
        self.hub = Namespace()
        self.hub.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        self.gateway = Namespace("inet")
        self.server = Namespace("server")
        # Of what stands on it, up to 198.51.103.253; the gateway has 254.
        self._numbers = (number for number in range(10, 1024) if number % 256 not in (0, 254, 255))
        # An address of its own: else it is the lowest of its ports', and changes as they come and go.
        self.gateway.run("ip", "link", "add", "br0", "address", "02:00:00:00:00:fe", "type", "bridge", "forward_delay", "0")
        self.gateway.run("ip", "link", "set", "br0", "up")
        self.gateway.run("ip", "addr", "add", f"{GATEWAY4}/22", "dev", "br0")
        self.gateway.run("ip", "addr", "add", f"{GATEWAY6}/64", "dev", "br0", "nodad")
        self.plug(self.hub, "v-hub", HUB4, HUB6)
        join(self.server, "eth0", self.gateway, "v-server")
        self.gateway.run("ip", "addr", "add", "203.0.113.1/24", "dev", "v-server")
        self.gateway.run("ip", "addr", "add", "2001:db8:1::1/64", "dev", "v-server", "nodad")
        self.server.run("ip", "addr", "add", f"{SERVER4}/24", "dev", "eth0")
        self.server.run("ip", "addr", "add", f"{SERVER6}/64", "dev", "eth0", "nodad")
        self.server.run("ip", "route", "add", "default", "via", "203.0.113.1")
        self.server.run("ip", "route", "add", "default", "via", "2001:db8:1::1")

    def plug(self, namespace, port, address4, address6):
        """Hangs a namespace on the bridge: eth0 with these addresses, its way out through the gateway."""
        join(namespace, "eth0", self.gateway, port)
        self.gateway.run("ip", "link", "set", port, "master", "br0")
        namespace.run("ip", "addr", "add", f"{address4}/22", "dev", "eth0")
        namespace.run("ip", "addr", "add", f"{address6}/64", "dev", "eth0", "nodad")
        namespace.run("ip", "route", "add", "default", "via", GATEWAY4)
        namespace.run("ip", "route", "add", "default", "via", GATEWAY6)

    def house(self, name):
        """A namespace with an address of its own on the internet: where a device stands."""
        number = next(self._numbers)
        namespace = Namespace(f"d-{name}")
        namespace.address4 = str(ipaddress.ip_address("198.51.100.0") + number)
        namespace.address6 = f"2001:db8::{number}"
        self.plug(namespace, f"v{number}", namespace.address4, namespace.address6)
        return namespace


def lan(house, name, *networks):
    """A host on a network behind a house: the house has each network's first address, the host its tenth."""
    host = Namespace(f"l-{name}")
    join(host, "eth0", house, "lan0")
    for network in map(ipaddress.ip_network, networks):
        nodad = ["nodad"] if network.version == 6 else []
        house.run("ip", "addr", "add", f"{network[1]}/{network.prefixlen}", "dev", "lan0", *nodad)
        host.run("ip", "addr", "add", f"{network[10]}/{network.prefixlen}", "dev", "eth0", *nodad)
        host.run("ip", "route", "add", "default", "via", network[1])
    host.address = str(ipaddress.ip_network(networks[0])[10])
    return host
