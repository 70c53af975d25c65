# SPDX-License-Identifier: GPL-2.0-or-later
"""The firewall with 10,000 rules: throughput against the same two devices around a bare WireGuard, and one rule changed
against `nft -f` of the whole table. Run by tests/run bench in a private world; prints a table with ratios."""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path += [str(SOURCE / "tests/bench/hub"), str(SOURCE / "tests/scenario")]

import firewall  # noqa: E402
import hub as scenario_hub  # noqa: E402
from hub_bench import BUILD, HUB, Hub, install, keypair, middle_ratio, sh  # noqa: E402
from wire import KERNEL, WIREGUARD, Table, add_device, check_backend, stream  # noqa: E402

MANY = int(os.environ.get("BENCH_RULES", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "12"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))
CHANGES, LOADS = (20, 2) if KERNEL else (60, 5)

class Link:
    """The two devices, and the middle that they are peers of."""

    def __init__(self, name, keys):
        self.name, self.keys = name, keys
        self.addresses = {}
        self.spent = self.carried = 0

    def join(self, device, address, endpoint, key):
        """A device's tunnel: everything of the link's network goes to the middle."""
        link = f"{self.name}{device}"
        private, _ = self.keys[device]
        add_device(link, f"dev{device}")
        sh(f"bash -c 'ip netns exec dev{device} wg set {link} private-key <(echo {private}) peer {key} "
           f"endpoint {endpoint} allowed-ips 10.0.0.0/8 persistent-keepalive 1'")  # fmt: skip
        sh(f"ip -n dev{device} addr add {address}/32 dev {link} && ip -n dev{device} link set {link} mtu 1420 up")
        self.addresses[device] = address

    def routes(self):
        for device, other in (("a", "b"), ("b", "a")):
            sh(f"ip -n dev{device} route add {self.addresses[other]}/32 dev {self.name}{device}")
        sh(f"ip netns exec deva ping -c 20 -i 0.2 -W 1 {self.addresses['b']}")

    def middle_seconds(self):
        """CPU time of the wireguard-go in the middle: what is forwarded and judged is so in its name. Nobody knows the
        kernel's."""
        if KERNEL:
            return 0
        fields = pathlib.Path(f"/proc/{self.middle}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rate(self):
        """Mbit/s from one device to the other; counts what it cost the middle."""
        before = self.middle_seconds()
        rate, received = stream("deva", "devb", self.addresses["a"], self.addresses["b"], self.addresses["b"], SECONDS)
        self.spent += self.middle_seconds() - before
        self.carried += received
        return rate

    def cost(self):
        """CPU milliseconds of the middle for a megabyte, since last asked."""
        cost = self.spent * 1000 / (self.carried / 1e6)
        self.spent = self.carried = 0
        return cost


def middle_of(link):
    return 0 if KERNEL else int(sh(f"pgrep -f -o 'wireguard-go.* {link}$'"))


def wires(name, network, inside=""):
    """Both devices at a bridge of the namespace that is inside `inside`, which has the network's first address."""
    sh(f"{inside} ip link add br0 type bridge && {inside} ip addr add {network}.1/24 dev br0 && {inside} ip link set br0 up")
    for number, device in enumerate("ab"):
        sh(f"{inside} ip link add out{device} type veth peer name {name} netns dev{device}")
        sh(f"{inside} ip link set out{device} master br0 up")
        sh(f"ip -n dev{device} addr add {network}.{10 + number}/24 dev {name} && ip -n dev{device} link set {name} up")


def devices():
    for device in "ab":
        sh(f"ip netns add dev{device} && ip -n dev{device} link set lo up")
    wires("in", HUB.rsplit(".", 1)[0])


def bare(keys):
    """As the hub does it, and nothing but that: WireGuard's socket outside, in a namespace that the hub has no rules in, and
    its link inside of one that forwards."""
    private, public = keypair()
    link = Link("bare", keys)
    sh("ip netns add outside && ip -n outside link set lo up")
    wires("past", "203.0.113", "ip netns exec outside")
    sh("ip netns add middle && ip -n middle link set lo up && ip netns exec middle sysctl -qw net.ipv4.ip_forward=1")
    add_device("benchmiddle", "outside", as_the_hub=True)
    sh("ip -n outside link set benchmiddle netns middle")
    inside = "ip netns exec middle" if KERNEL else ""  # wireguard-go's socket of control stays outside
    peers = " ".join(f"peer {keys[device][1]} allowed-ips 10.90.0.{2 + number}/32" for number, device in enumerate("ab"))
    sh(f"{inside} bash -c 'wg set benchmiddle listen-port 51000 private-key <(echo {private}) {peers}'")
    sh("ip -n middle link set benchmiddle mtu 1420 up && ip -n middle route add 10.90.0.0/24 dev benchmiddle")
    for number, device in enumerate("ab"):
        link.join(device, f"10.90.0.{2 + number}", "203.0.113.1:51000", public)
    link.middle = middle_of("benchmiddle")
    link.routes()
    return link


def through_hub(hub, keys):
    """Two sites of an instance."""
    instance = hub.api("POST", "/instances", {"name": "firewall", "hostname": "firewall"})
    path = f"/instances/{instance['id']}"
    while hub.api("GET", path)["state"] != "active":
        time.sleep(0.01)
    link = Link("hub", keys)
    for number, device in enumerate("ab"):
        peer = hub.api("POST", f"{path}/peers", {"name": device, "type": "site", "subnets": [f"192.168.{number}.0/24"],
                                                 "public_key": keys[device][1], "preshared_key": False})  # fmt: skip
        link.join(device, peer["addresses"][0], f"{HUB}:{instance['wireguard']['port']}", instance["wireguard"]["public_key"])
    link.middle = middle_of(f"wrg-{instance['id']}")
    link.routes()
    return path, link


def rates(one, other):
    """In turn, so that what else the machine does meets both."""
    found = ([], [])
    for number in range(ROUNDS):
        for which in (0, 1) if number & 1 else (1, 0):
            found[which].append((one, other)[which].rate())
    return found


def whole_table():
    """The same rules for `nft -f`."""
    words = {6: "tcp dport 443", 17: "udp dport 53", 0: ""}
    lines = ["table inet bench", "flush table inet bench", "table inet bench {", "chain allowed { accept", "}",
             "chain rules { type filter hook forward priority 0; policy accept;"]  # fmt: skip
    for rule in firewall.many(MANY):
        action = "goto allowed" if rule["allow"] else "drop"
        lines.append(f"ip saddr {rule['from'][:-3]} ip daddr {rule['to']} {words[rule['protocol']]} counter {action}")
    return "\n".join([*lines, "}", "}", ""])


def changes(hub, path):
    """Seconds for a change of one rule in the middle, each acknowledged by the kernel and on the disk."""
    rule = f"{path}/firewall/{MANY // 2}"
    found = []
    for number in range(CHANGES):
        began = time.perf_counter()
        said = hub.api("PATCH", rule, {"to": f"10.{number}.0.0/16"})
        found.append(time.perf_counter() - began)
        assert said["pending"] == [], said
    return found


def loads():
    path = pathlib.Path("/run/whole.nft")
    path.write_text(whole_table())
    sh("ip netns add whole")
    found = []
    for _ in range(LOADS):
        began = time.perf_counter()
        sh(f"ip netns exec whole nft -f {path}")
        found.append(time.perf_counter() - began)
    return found


def told(what, through, alone, tunnel, plain):
    cost = "" if KERNEL else f"; CPU of the middle {tunnel.cost():.2f} ms a megabyte, bare {plain.cost():.2f} ms"
    print(f"{what}: {statistics.median(through):.0f} Mbit/s, bare {statistics.median(alone):.0f} Mbit/s{cost}")


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    scenario_hub.STATE = pathlib.Path(state)
    table = Table()
    devices()
    hub = Hub(state)
    check_backend(hub)
    try:
        keys = {device: keypair() for device in "ab"}
        plain = bare(keys)
        path, tunnel = through_hub(hub, keys)
        through, alone = rates(tunnel, plain)
        told("no rules", through, alone, tunnel, plain)
        table.row(f"throughput through the instance without rules, against bare {WIREGUARD} and forwarding", middle_ratio(through, alone), 0.95)
        hub.stop()
        pathlib.Path("/run/warren/ready").unlink(missing_ok=True)
        firewall.load(path.split("/")[-1], firewall.many(MANY))
        hub = Hub(state)
        while hub.api("GET", path)["state"] != "active":
            time.sleep(0.01)
        through, alone = rates(tunnel, plain)
        told(f"{MANY} rules", through, alone, tunnel, plain)
        table.row(f"throughput through the instance with {MANY} rules, against bare {WIREGUARD} and forwarding", middle_ratio(through, alone), 0.9)
        # Whose time is to be looked at, stays with the chains; for the others nothing changes.
        hub.api("POST", f"{path}/peers", {"name": "guest", "type": "client", "expires_in": "1h"})
        through, alone = rates(tunnel, plain)
        told(f"{MANY} rules and a peer that expires, {middle_ratio(through, alone):.2f} of bare", through, alone, tunnel, plain)
        one, whole = statistics.median(changes(hub, path)), statistics.median(loads())
        print(f"one rule changed: {one * 1000:.2f} ms, nft -f of the table: {whole * 1000:.0f} ms")
        table.row(f"one rule of {MANY} changed: faster than nft -f of the table", whole / one, 20)
    finally:
        hub.stop()
        shutil.rmtree(state, ignore_errors=True)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
