# SPDX-License-Identifier: GPL-2.0-or-later
"""100 OpenVPN clients that come at once, until all are connected: to the hub, and to a bare openvpn with a file for
each client (ccd) and no management. Run by tests/run bench in a private world. WARREN_BUILD names the build to
install, BENCH_CLIENTS and BENCH_ROUNDS how many come and how often."""

import contextlib
import ctypes
import os
import pathlib
import re
import selectors
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from hub_bench import BUILD, HUB, Hub, Table, install, middle_ratio, sh

CLIENTS = int(os.environ.get("BENCH_CLIENTS", "100"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
LATE = float(os.environ.get("BENCH_LATE", "5"))  # seconds: who comes later has not merely waited for its turn
BARE = "203.0.113.1"
DONE = b"Initialization Sequence Completed"
CLONE_NEWNET = 0x40000000

# As the hub's own servers have it (tunnel/openvpn_config.c), but for the files in management's place.
BARE_CONFIG = """port 1194
dev bare0
proto udp6
explicit-exit-notify 1
push "explicit-exit-notify 1"
connect-freq-initial 1000 10
mode server
tls-server
dev-type tun
topology subnet
ifconfig-noexec
route-noexec
script-security 0
persist-tun
persist-key
keepalive 3 8
reneg-sec 3600
hand-window 86400
max-clients 4096
max-routes-per-client 4096
tls-version-min 1.2
allow-compression no
disable-dco
mssfix 0
verb 0
dh none
verify-client-cert require
remote-cert-tls client
data-ciphers AES-256-GCM:CHACHA20-POLY1305
data-ciphers-fallback AES-256-GCM
ifconfig 10.99.0.1 255.255.0.0
ifconfig-ipv6 fd99::1/64 fd99::1
tun-mtu 1420
ca ca.crt
cert server.crt
key server.key
tls-crypt-v2 server.v2
client-config-dir ccd
ccd-exclusive
"""

CLIENT_FILE = """ifconfig-push 10.99.{high}.{low} 255.255.0.0
push "topology subnet"
push "route-gateway 10.99.0.1"
ifconfig-ipv6-push fd99::{number:x}/64 fd99::1
push "dhcp-option DNS 9.9.9.9"
"""


@contextlib.contextmanager
def inside(name):
    """In that namespace meanwhile: what is started there needs no second program to get there."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        assert libc.setns(there, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        yield
    finally:
        assert libc.setns(here, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        os.close(here)
        os.close(there)


def make_networks():
    sh("ip netns add clients && ip netns add bare && ip -n clients link set lo up && ip -n bare link set lo up")
    sh("ip link add out type veth peer name in netns clients")
    sh(f"ip addr add {HUB}/24 dev out && ip link set out up")
    sh("ip -n clients addr add 198.51.100.2/24 dev in && ip -n clients link set in up")
    sh("ip -n bare link add out type veth peer name in2 netns clients")
    sh(f"ip -n bare addr add {BARE}/24 dev out && ip -n bare link set out up")
    sh("ip -n clients addr add 203.0.113.2/24 dev in2 && ip -n clients link set in2 up")


# ---- the hub ----


def hub_profiles(hub):
    """An instance with so many peers: its path, and their profiles with UDP alone."""
    instance = hub.api("POST", "/instances", {"name": "storm", "hostname": "storm", "networks": ["10.73.0.0/16"]})
    path = f"/instances/{instance['id']}"
    profiles = []
    for number in range(CLIENTS):
        peer = hub.api("POST", f"{path}/peers", {"name": f"c{number}", "type": "client", "protocol": "openvpn"})
        text = hub.api("GET", f"{path}/peers/{peer['id']}/profile")["content"]
        profiles.append(re.sub(r"(?m)^remote .* tcp\n", "", text))
    while not any(role["name"].startswith("openvpn") for role in hub.roles()):
        time.sleep(0.05)
    time.sleep(1)
    return path, profiles


# ---- the bare one ----


def make_identity(name, usage):
    sh(f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.crt "
       f"-CA ca.crt -CAkey ca.key -days 100 -subj /CN={name} -addext extendedKeyUsage={usage} "
       "-addext keyUsage=digitalSignature -addext basicConstraints=CA:FALSE 2>/dev/null")  # fmt: skip


def make_keys():
    sh("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 100 "
       "-subj /CN=bare 2>/dev/null")  # fmt: skip
    sh("openvpn --genkey tls-crypt-v2-server server.v2")
    make_identity("server", "serverAuth")
    pathlib.Path("ccd").mkdir()
    for number in range(CLIENTS):
        make_identity(f"c{number}", "clientAuth")
        sh(f"openvpn --tls-crypt-v2 server.v2 --genkey tls-crypt-v2-client c{number}.v2")
        host = number + 2
        pathlib.Path(f"ccd/c{number}").write_text(
            CLIENT_FILE.format(high=host // 256, low=host % 256, number=host)
        )


def bare_profile(profile, number):
    """The hub's profile with the bare server's address and keys instead."""
    text = re.sub(r"(?m)^remote .*$", f"remote {BARE} 1194 udp", profile)
    text = re.sub(r"(?m)^verify-x509-name .*$", 'verify-x509-name "server" name', text)
    for word, file in (("ca", "ca.crt"), ("cert", f"c{number}.crt"), ("key", f"c{number}.key"),
                       ("tls-crypt-v2", f"c{number}.v2")):  # fmt: skip
        inline = f"<{word}>\n{pathlib.Path(file).read_text()}</{word}>"
        text = re.sub(rf"(?s)<{word}>.*</{word}>", lambda _, inline=inline: inline, text)
    return text


def start_bare():
    pathlib.Path("bare.conf").write_text(BARE_CONFIG)
    with inside("bare"):
        # As the hub starts its own: a session is what the kernel shares the processors out to.
        server = subprocess.Popen(
            ["openvpn", "--config", "bare.conf"], stdin=subprocess.DEVNULL, start_new_session=True
        )
    time.sleep(1)
    assert server.poll() is None, "the bare openvpn does not start"
    return server


# ---- the storm ----


def spawn():
    """A client that has yet to read its profile: starting the program is not measured."""
    return subprocess.Popen(
        ["openvpn", "--config", "stdin", "--dev", "null", "--ifconfig-noexec", "--route-noexec", "--verb", "3"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
    )  # fmt: skip


def wait_all(clients, began):
    """Seconds until each had said so."""
    selector = selectors.DefaultSelector()
    times = []
    for client in clients:
        selector.register(client.stdout, selectors.EVENT_READ, bytearray())
    while selector.get_map():
        ready = selector.select(90)
        assert ready, f"{len(times)} of {len(clients)} are connected after 90 s without a word"
        for key, _ in ready:
            said = os.read(key.fd, 65536)
            key.data.extend(said)
            assert said, key.data.decode(errors="replace")
            if DONE in key.data:
                times.append(time.perf_counter() - began)
                if times[-1] > LATE:
                    print(f"one took {times[-1]:.1f} s:\n{key.data.decode(errors='replace')}")
                selector.unregister(key.fileobj)
    return times


def end_all(clients):
    for client in clients:
        client.send_signal(signal.SIGTERM)
    for client in clients:
        client.communicate()


def storm(profiles):
    """Seconds until half of them and all were connected."""
    with inside("clients"):
        clients = [spawn() for _ in profiles]
    time.sleep(1)
    try:
        began = time.perf_counter()
        for client, profile in zip(clients, profiles):
            client.stdin.write(profile.encode())
            client.stdin.close()
            client.stdin = None
        times = wait_all(clients, began)
    finally:
        end_all(clients)
    return statistics.median(times), max(times)


def settle(hub, path):
    """Nobody is connected any more, nor half so."""
    while hub.api("GET", path)["peers"]["connected"] > 0:
        time.sleep(0.1)
    time.sleep(6)


def measure(hub, path, profiles, bare_profiles):
    """Each round both, the one that was second before first; what is measured: seconds of the hub and the bare one."""
    found = {"hub": [], "bare": []}
    for number in range(ROUNDS):
        order = [("hub", profiles), ("bare", bare_profiles)]
        for name, each in order if number % 2 else reversed(order):
            half, last = storm(each)
            found[name].append(last)
            print(f"round {number}: {name}: half after {half:.2f} s, all {len(each)} after {last:.2f} s, load "
                  f"{os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
            settle(hub, path)
    return found["hub"], found["bare"]


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    keys = tempfile.mkdtemp(prefix="bench-keys-", dir=BUILD)
    make_networks()
    table = Table()
    hub = Hub(state)
    server = None
    os.chdir(keys)
    try:
        path, profiles = hub_profiles(hub)
        make_keys()
        bare_profiles = [bare_profile(profile, number) for number, profile in enumerate(profiles)]
        server = start_bare()
        ours, bare = measure(hub, path, profiles, bare_profiles)
        print(f"median of {ROUNDS}: hub {statistics.median(ours):.2f} s, bare {statistics.median(bare):.2f} s")
        table.row(f"{CLIENTS} OpenVPN clients at once: against bare openvpn", middle_ratio(ours, bare), 1.3, "x")
    finally:
        if server:
            server.terminate()
            server.wait(20)
        hub.stop()
        os.chdir("/")
        shutil.rmtree(state, ignore_errors=True)
        shutil.rmtree(keys, ignore_errors=True)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
