# SPDX-License-Identifier: GPL-2.0-or-later
"""Throughput between two sites through an instance, with and without mapped subnets, against WireGuard alone: the same
two sites by way of a machine that has nothing but WireGuard and forwarding, and with each other directly. All in one
run, in turn. Run by tests/run bench in a private world. WARREN_BUILD names the build to install."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from hub_bench import BUILD, HUB, Hub, install, keypair, middle_ratio, sh
from wire import KERNEL, WIREGUARD, Table, add_device, check_backend, stream

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
LAN = "192.168.88.0/24"
RELAY = "198.51.100.50"

class Site:
    """A namespace on the bridge; its devices' LAN addresses are its own."""

    def __init__(self, name, address, forwards=False):
        self.name, self.forwards = name, forwards
        sh(f"ip netns add {name} && ip -n wire link add v-{name} type veth peer name eth0 netns {name}")
        sh(f"ip -n wire link set v-{name} master br0 up && ip -n {name} link set lo up && ip -n {name} link set eth0 up")
        sh(f"ip -n {name} addr add {address}/24 dev eth0")
        if forwards:
            sh(f"ip netns exec {name} sysctl -qw net.ipv4.ip_forward=1")

    def run(self, command):
        return sh(f"ip netns exec {self.name} {command}")

    def device(self, kind, private, *settings, lan="", routes=()):
        device = f"{kind}-{self.name[-1]}"  # their sockets are all in one folder
        add_device(device, self.name, as_the_hub=self.forwards)
        sh(f"ip netns exec {self.name} bash -c 'wg set {device} private-key <(echo {private}) {' '.join(settings)}'")
        sh(f"ip -n {self.name} link set {device} mtu 1420 up")
        if lan:
            sh(f"ip -n {self.name} addr add {lan}/32 dev lo")
        for route in routes:
            sh(f"ip -n {self.name} route add {route} dev {device}")


def lay_ground():
    """Not in the hub's own namespace, whose rules would see what goes over a bridge there."""
    sh("ip netns add wire && ip -n wire link add br0 type bridge forward_delay 0 && ip -n wire link set br0 up")
    sh("ip link add v-hub type veth peer name p-hub netns wire && ip -n wire link set p-hub master br0 up")
    sh(f"ip link set v-hub up && ip addr add {HUB}/24 dev v-hub")


def connect_directly(a, b):
    (a_private, a_public), (b_private, b_public) = keypair(), keypair()
    a.device("direct", a_private, "listen-port 5001 peer", b_public, "endpoint 198.51.100.12:5001 allowed-ips 10.1.2.0/24",
             lan="10.1.1.10", routes=["10.1.2.0/24"])  # fmt: skip
    b.device("direct", b_private, "listen-port 5001 peer", a_public, "endpoint 198.51.100.11:5001 allowed-ips 10.1.1.0/24",
             lan="10.1.2.10", routes=["10.1.1.0/24"])  # fmt: skip
    return "10.1.1.10", "10.1.2.10", "10.1.2.10"


def connect_by_two(a, b):
    """As the hub has it: a device for each site."""
    relay = Site("relay-two", "198.51.100.51", forwards=True)
    (r_private, r_public), (a_private, a_public), (b_private, b_public) = keypair(), keypair(), keypair()
    for kind, port, public, lan in (("twoa", 5003, a_public, "10.4.1.0/24"), ("twob", 5004, b_public, "10.4.2.0/24")):
        relay.device(kind, r_private, f"listen-port {port} peer", public, "allowed-ips", lan, routes=[lan])
    for site, private, port, lan, far in (
        (a, a_private, 5003, "10.4.1.10", "10.4.2.0/24"), (b, b_private, 5004, "10.4.2.10", "10.4.1.0/24")
    ):
        site.device("two", private, "peer", r_public,
                    f"endpoint 198.51.100.51:{port} persistent-keepalive 1 allowed-ips {far}", lan=lan, routes=[far])  # fmt: skip
    return "10.4.1.10", "10.4.2.10", "10.4.2.10"


TRANSLATION = """
table netdev warren_map {
    chain arrive_1 { type filter hook ingress device "twoa-o" priority -10;
        ip saddr 10.4.1.0/24 ip saddr set ip saddr & 10.77.1.255 | 10.77.1.0 accept
    }
    chain arrive_2 { type filter hook ingress device "twob-o" priority -10;
        ip saddr 10.4.2.0/24 ip saddr set ip saddr & 10.77.2.255 | 10.77.2.0 accept
    }
    chain leave_1 { type filter hook egress device "twoa-o" priority 0;
        ip daddr 10.77.1.0/24 ip daddr set ip daddr & 10.4.1.255 | 10.4.1.0 accept
    }
    chain leave_2 { type filter hook egress device "twob-o" priority 0;
        ip daddr 10.77.2.0/24 ip daddr set ip daddr & 10.4.2.255 | 10.4.2.0 accept
    }
}
"""


def add_translation(a, b, way):
    """The same way once more, with nothing but the hub's translation upon it."""
    for device, prefix in (("twoa-o", "10.77.1.0/24"), ("twob-o", "10.77.2.0/24")):
        sh(f"ip -n relay-two route add {prefix} dev {device}")
    for site, prefix in ((a, "10.77.2.0/24"), (b, "10.77.1.0/24")):
        device = f"two-{site.name[-1]}"
        key = site.run(f"wg show {device} peers")
        sh(f"ip -n {site.name} route add {prefix} dev {device}")
        site.run(f"wg set {device} peer {key} allowed-ips 10.4.0.0/16,10.77.0.0/16")
    return way[0], way[1], "10.77.2.10"


def translate(on):
    subprocess.run(["ip", "netns", "exec", "relay-two", "nft", "-f", "-"], check=True, text=True,
                   input="flush ruleset" + (TRANSLATION if on else ""))  # fmt: skip


def connect_by_relay(a, b):
    relay = Site("relay", RELAY, forwards=True)
    (r_private, r_public), (a_private, a_public), (b_private, b_public) = keypair(), keypair(), keypair()
    relay.device("relayed", r_private, "listen-port 5002 peer", a_public, "allowed-ips 10.2.1.0/24 peer", b_public,
                 "allowed-ips 10.2.2.0/24", routes=["10.2.1.0/24", "10.2.2.0/24"])  # fmt: skip
    for site, private, lan, far in ((a, a_private, "10.2.1.10", "10.2.2.0/24"), (b, b_private, "10.2.2.10", "10.2.1.0/24")):
        site.device("relayed", private, "peer", r_public, f"endpoint {RELAY}:5002 persistent-keepalive 1 allowed-ips {far}",
                    lan=lan, routes=[far])  # fmt: skip
    return "10.2.1.10", "10.2.2.10", "10.2.2.10"


def connect_by_hub(hub, a, b, name, subnets, lans, seen):
    instance = hub.api("POST", "/instances", {"name": name, "hostname": name})
    path = f"/instances/{instance['id']}"
    while hub.api("GET", path)["state"] != "active":
        pass
    for site, subnet, lan in zip((a, b), subnets, lans):
        private, public = keypair()
        peer = hub.api("POST", f"{path}/peers", {"name": site.name, "type": "site", "public_key": public,
                                                 "preshared_key": False, "subnets": [subnet]})  # fmt: skip
        profile = hub.api("GET", f"{path}/peers/{peer['id']}/profile", query={"format": "wg-quick"})["content"]
        endpoint = next(line.split(" = ")[1] for line in profile.splitlines() if line.startswith("Endpoint"))
        far = seen[1] if site is a else seen[0]
        site.device(name, private, "peer", instance["wireguard"]["public_key"],
                    f"endpoint {endpoint} persistent-keepalive 1 allowed-ips {far}/32", lan=lan, routes=[f"{far}/32"])  # fmt: skip
    return lans[0], lans[1], seen[1]


def throughput(a, b, way):
    """Mbit/s from a to b."""
    source, listening, target = way
    return stream(a.name, b.name, source, target, listening, SECONDS)[0]


def judge(rates):
    """Two sites with one LAN have a device each. With wireguard-go each is a process, and that costs more than all the
    rest: there the like is compared with the like. With the kernel's, with one device."""
    ratio = {(which, against): middle_ratio(rates[which], rates[against]) for which in rates for against in rates}
    words = {"one device": "one device", "two devices": "as many devices"}
    judged, told = ("one device", "two devices") if KERNEL else ("two devices", "one device")
    mapped = f"between two mapped sites, against bare {WIREGUARD} and forwarding with"
    print(f"{mapped} {words[told]}: {ratio['mapped', told]:.2f}")
    print(f"between two sites that are not mapped, against the same with one device: {ratio['plain', 'one device']:.2f}")
    print(f"bare, two devices in the middle against one: {ratio['two devices', 'one device']:.2f}, one against none: "
          f"{ratio['one device', 'direct']:.2f}")  # fmt: skip
    table = Table()
    table.row("bare, two devices: with the hub's translation and nothing else of it, against without",
              ratio["two devices, translated", "two devices"], 0.9)  # fmt: skip
    table.row(f"{mapped} {words[judged]}", ratio["mapped", judged], 0.9)
    return table.missed


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    lay_ground()
    a, b = Site("site-a", "198.51.100.11"), Site("site-b", "198.51.100.12")
    hub = Hub(state)
    check_backend(hub)
    try:
        ways = {
            "direct": connect_directly(a, b),
            "one device": connect_by_relay(a, b),
            "two devices": connect_by_two(a, b),
            "plain": connect_by_hub(hub, a, b, "plain", ["10.3.1.0/24", "10.3.2.0/24"], ["10.3.1.10", "10.3.2.10"],
                                    ["10.3.1.10", "10.3.2.10"]),
            "mapped": connect_by_hub(hub, a, b, "mapped", [f"{LAN}=10.88.1.0/24", f"{LAN}=10.88.2.0/24"],
                                     ["192.168.88.10", "192.168.88.20"], ["10.88.1.10", "10.88.2.20"]),
        }  # fmt: skip
        ways["two devices, translated"] = add_translation(a, b, ways["two devices"])
        rates = {which: [] for which in ways}
        for _ in range(ROUNDS):
            for which, way in ways.items():
                translate(which == "two devices, translated")
                rates[which].append(throughput(a, b, way))
    finally:
        hub.stop()
        shutil.rmtree(state, ignore_errors=True)
    print("Mbit/s, median of %d: " % ROUNDS
          + ", ".join(f"{which} {statistics.median(found):.0f}" for which, found in rates.items()))  # fmt: skip
    return 1 if judge(rates) else 0


if __name__ == "__main__":
    sys.exit(main())
