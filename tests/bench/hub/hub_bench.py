# SPDX-License-Identifier: GPL-2.0-or-later
"""The hub as a whole: time to a first handshake, the cost of one more peer, memory. Run by tests/run bench in a
private world; prints a table with ratios. WARREN_BUILD names the build to install, BENCH_PEERS the large size."""

import base64
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("WARREN_BUILD", "build-release")).resolve()
MANY = int(os.environ.get("BENCH_PEERS", "10000"))
SAMPLES = 200
HUB, DEVICE = "198.51.100.1", "198.51.100.2"
SOCKET = "/run/warren/api.sock"

CONFIG = f"""[hub]
region = bench
public_name = {HUB}
public_addresses = {HUB}
base_domain = vpn.example.net
"""


def sh(command):
    return subprocess.run(command, shell=True, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def make_users():
    users = SOURCE / "image/systemd/warren.sysusers.conf"
    if shutil.which("systemd-sysusers"):
        subprocess.run(["systemd-sysusers", users], check=True)
        return
    for kind, name, *_ in filter(None, map(str.split, users.read_text().splitlines())):
        command = {"g": "groupadd --system", "u": "useradd --system --user-group --no-create-home"}.get(kind)
        if command:
            sh(f"getent {'group' if kind == 'g' else 'passwd'} {name} || {command} {name}")


def install():
    """The build into the private world."""
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    make_users()
    os.chmod(BUILD, 0o755)


class Api:
    """One connection; a request and its answer are a line each."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(SOCKET)
        self.lines = self.socket.makefile("rb")

    def __call__(self, method, path, body=None, query=None):
        request = {"method": method, "path": f"/api/v1{path}", "query": query or {}}
        if body is not None:
            request["body"] = body
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(self.lines.readline())
        assert answer["status"] < 300, answer
        return answer["body"]


class Hub:
    """warrend and what it starts, with its state on a real disk."""

    def __init__(self, state):
        self.state = state
        pathlib.Path("/etc/warren").mkdir(exist_ok=True)
        pathlib.Path("/etc/warren/warren.conf").write_text(CONFIG)
        self.process = subprocess.Popen(["warrend", "--state-dir", state], env={**os.environ, "WARREN_LOG": "warning"})
        deadline = time.monotonic() + 20
        while not os.path.exists("/run/warren/ready"):
            assert time.monotonic() < deadline and self.process.poll() is None, "the hub does not start"
            time.sleep(0.01)
        self.api = Api()

    def roles(self):
        return self.api("GET", "/status")["roles"]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def memory(pid, figure):
    """Rss or Pss of a process in MB."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(figure + ":"):
            return int(line.split()[1]) / 1024
    raise AssertionError(pid)


def keypair():
    private = sh("wg genkey")
    return private, sh(f"echo {private} | wg pubkey")


def public_keys(count):
    """Keys that nobody has the private half of: enough for peers that never call."""
    made = []
    while len(made) < count:
        raw = bytearray(os.urandom(32))
        raw[31] &= 0x7F
        made.append(base64.b64encode(raw).decode())
    return made


def first_handshake(hub):
    """From asking for an instance to a device that has shaken hands with it."""
    private, public = keypair()
    sh("ip netns add device && ip link add out type veth peer name in netns device")
    sh(f"ip addr add {HUB}/24 dev out && ip link set out up && ip -n device addr add {DEVICE}/24 dev in")
    sh("ip -n device link set in up && ip -n device link set lo up")
    sh("LOG_LEVEL=error ip netns exec device wireguard-go benchdevice >/dev/null 2>&1")
    sh(f"bash -c 'ip netns exec device wg set benchdevice private-key <(echo {private})'")
    sh("ip -n device link set benchdevice up")

    began = time.perf_counter()
    instance = hub.api("POST", "/instances", {"name": "first", "hostname": "first"})
    path = f"/instances/{instance['id']}"
    while hub.api("GET", path)["state"] != "active":
        time.sleep(0.002)
    active = time.perf_counter() - began
    peer = hub.api("POST", f"{path}/peers", {"name": "device", "type": "client", "public_key": public,
                                             "preshared_key": False})  # fmt: skip
    port, key = instance["wireguard"]["port"], instance["wireguard"]["public_key"]
    sh(f"ip netns exec device wg set benchdevice peer {key} endpoint {HUB}:{port} allowed-ips 10.66.0.0/16 "
       "persistent-keepalive 1")  # fmt: skip
    while sh("ip netns exec device wg show benchdevice latest-handshakes").split()[-1] == "0":
        time.sleep(0.002)
    shaken = time.perf_counter() - began
    assert peer["addresses"]
    return active, shaken


def fill(hub, name, network, count):
    """An instance with `count` peers."""
    instance = hub.api("POST", "/instances", {"name": name, "hostname": name, "networks": [network]})
    path = f"/instances/{instance['id']}"
    while hub.api("GET", path)["state"] != "active":
        time.sleep(0.01)
    for number, key in enumerate(public_keys(count)):
        hub.api("POST", f"{path}/peers", {"name": f"peer{number}", "type": "client", "public_key": key})
    return path


class Bare:
    """The least that adding a peer can be: `wg set` on a device of the same kind and one durable commit."""

    def __init__(self, folder):
        sh("LOG_LEVEL=error wireguard-go benchbare >/dev/null 2>&1")
        self.database = sqlite3.connect(os.path.join(folder, "bare.db"), isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE peer (id INTEGER PRIMARY KEY, key TEXT)")

    def add(self, key):
        subprocess.run(["wg", "set", "benchbare", "peer", key, "allowed-ips", "10.1.2.3/32"], check=True)
        self.database.execute("INSERT INTO peer (key) VALUES (?)", (key,))


def one_more(hub, small, large, bare):
    """Seconds for a peer more in the small and the large instance and for the bare work, in turn."""
    times = {"small": [], "large": [], "bare": []}
    keys = iter(public_keys(3 * SAMPLES))
    for number in range(SAMPLES):
        for which, path in (("small", small), ("large", large)):
            body = {"name": f"more{number}", "type": "client", "public_key": next(keys)}
            began = time.perf_counter()
            peer = hub.api("POST", f"{path}/peers", body)
            times[which].append(time.perf_counter() - began)
            assert not peer["pending"], peer
            if which == "small":
                hub.api("DELETE", f"{path}/peers/{peer['id']}")
        began = time.perf_counter()
        bare.add(next(keys))
        times["bare"].append(time.perf_counter() - began)
    return times


def middle_ratio(over, under):
    """The median of the ratios of measurements made one after the other: what else the machine did cancels out."""
    return statistics.median(a / b for a, b in zip(over, under))


def full_apply(hub, path):
    """Seconds from wireguard-go's sudden end until the hub has applied all peers to a new one, and seconds that
    `wg setconf` takes for the same peers on a new wireguard-go."""
    instance = path.split("/")[-1]
    config = f"/run/{instance}.conf"
    sh(f"wg showconf wrg-{instance} > {config}")
    processes = {role["instance_id"]: role["pid"] for role in hub.roles() if role["name"] == "wireguard-go"}
    began = time.perf_counter()
    os.kill(processes[instance], 9)
    while hub.api("GET", path)["state"] == "active":
        time.sleep(0.001)
    while hub.api("GET", path)["state"] != "active":
        time.sleep(0.005)
    applied = time.perf_counter() - began
    sh("LOG_LEVEL=error wireguard-go benchset >/dev/null 2>&1 && ip link set benchset up")
    time.sleep(0.5)
    sh(f"sed -i /ListenPort/d {config}")
    began = time.perf_counter()
    sh(f"wg setconf benchset {config}")
    return applied, time.perf_counter() - began


# Waits, for each name on its standard input, until the server answers with an address.
WAIT_FOR_NAME = """
import socket, struct, sys, time
for line in sys.stdin:
    name = line.strip()
    query = struct.pack(">6H", 1, 256, 1, 0, 0, 0) + b"".join(
        bytes([len(label)]) + label.encode() for label in name.split(".")) + bytes(1) + struct.pack(">2H", 1, 1)
    with socket.socket(type=socket.SOCK_DGRAM) as end:
        end.settimeout(5)
        end.connect((sys.argv[1], 53))
        while True:
            end.send(query)
            if struct.unpack(">H", end.recv(2000)[6:8])[0]:
                break
            time.sleep(0.0005)
    print(time.monotonic(), flush=True)
"""


def names(hub, path, table):
    """What names cost: until a changed one is answered, until all of them are, memory."""
    instance = hub.api("GET", path)
    waiter = subprocess.Popen(["ip", "netns", "exec", f"wr-{instance['id']}", "python3", "-c", WAIT_FOR_NAME,
                               instance["hub_addresses"][0]], stdin=-1, stdout=-1, text=True)  # fmt: skip
    peers = hub.api("GET", f"{path}/peers", query={"limit": "100"})["items"]

    def answered(name):
        waiter.stdin.write(name + "\n")
        waiter.stdin.flush()
        return float(waiter.stdout.readline())

    times = []
    for number, peer in enumerate(peers):
        changed = hub.api("PATCH", f"{path}/peers/{peer['id']}", {"name": f"renamed {number}"})
        began = time.monotonic()
        times.append(answered(changed["dns_name"]) - began)
    total = instance["peers"]["total"]
    print(f"a peer of {total} renamed, to its name answered: median {statistics.median(times) * 1000:.1f} ms, "
          f"longest {max(times) * 1000:.1f} ms")  # fmt: skip
    last = hub.api("POST", f"{path}/peers", {"name": "last", "type": "client"})["dns_name"]
    answered(last)
    began = time.monotonic()
    hub.api("PATCH", path, {"hostname": instance["hostname"] + "-moved"})
    answered(last.replace(f".{instance['hostname']}.", f".{instance['hostname']}-moved."))
    print(f"all {total} names changed at once, to the last one answered: {time.monotonic() - began:.2f} s")

    def resolver():
        return next(role["pid"] for role in hub.roles() if (role["name"], role["instance_id"]) == ("dnsmasq", instance["id"]))

    os.kill(resolver(), 9)
    began = time.monotonic()
    time.sleep(0.05)
    while not hub.api("GET", path)["ready"]["dns_ready"]:
        time.sleep(0.005)
    print(f"dnsmasq killed, to ready again with {total} names: {time.monotonic() - began:.2f} s")
    print(f"files of {total} names: {sh('du -sm /run/warren/dns/' + instance['id']).split()[0]} MB")
    table.row(f"dnsmasq with {total} names (RSS)", memory(resolver(), "Rss"), 16, "MB")
    waiter.kill()
    waiter.wait()


def resync_writes(hub, path):
    """What the next resync of the instance had to write: waits for it."""
    before = hub.api("GET", path)["resync"]["at"]
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        resync = hub.api("GET", path)["resync"]
        if resync["at"] != before:
            return resync["writes"]
        time.sleep(1)
    raise AssertionError("no resync")


class Table:
    def __init__(self):
        self.missed = 0
        print(f"{'what':<58} {'found':>12} {'aim':>12}")

    def row(self, what, found, aim, unit):
        missed = found > aim
        self.missed += missed
        print(f"{what:<58} {found:>9.2f} {unit:<2} {aim:>9.2f} {unit:<2}{' MISSED' if missed else ''}", flush=True)


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    table = Table()
    hub = Hub(state)
    try:
        idle = sum(memory(role["pid"], "Pss") for role in hub.roles())
        table.row("memory of an idle hub, all processes (PSS)", idle, 30, "MB")
        active, shaken = first_handshake(hub)
        print(f"instance asked for to active: {active * 1000:.0f} ms")
        table.row("instance asked for to a device's handshake", shaken, 1, "s")
        small = fill(hub, "small", "10.71.0.0/16", 10)
        began = time.perf_counter()
        large = fill(hub, "large", "10.72.0.0/16", MANY)
        print(f"{MANY} peers added one by one: {time.perf_counter() - began:.1f} s")
        times = one_more(hub, small, large, Bare(state))
        medians = {which: statistics.median(values) * 1000 for which, values in times.items()}
        print(f"one more peer, median of {SAMPLES}: {medians['small']:.2f} ms with 10, {medians['large']:.2f} ms with "
              f"{MANY}, bare work {medians['bare']:.2f} ms")  # fmt: skip
        table.row(f"one more peer: {MANY} against 10", middle_ratio(times["large"], times["small"]), 1.5, "x")
        table.row(f"one more peer of {MANY}: against wg set and a commit", middle_ratio(times["large"], times["bare"]), 3, "x")
        names(hub, large, table)
        table.row(f"resync of {MANY} peers: writes to the kernel", resync_writes(hub, large), 0, "")
        applied, setconf = full_apply(hub, large)
        print(f"wireguard-go killed, to {MANY} peers with routes and rules again: {applied:.2f} s; wg setconf alone: "
              f"{setconf:.2f} s")  # fmt: skip
        table.row(f"all of that for {MANY} peers: against wg setconf", applied / setconf, 1.25, "x")
        for role in hub.roles():
            if role["name"] == "warren-engine":
                table.row(f"engine with {MANY} peers (RSS)", memory(role["pid"], "Rss"), 48, "MB")
            if role["name"] == "warren-net" and role["instance_id"] == large.split("/")[-1]:
                table.row(f"worker with {MANY} peers (RSS)", memory(role["pid"], "Rss"), 24, "MB")
    finally:
        hub.stop()
        shutil.rmtree(state, ignore_errors=True)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
