# SPDX-License-Identifier: GPL-2.0-or-later
"""An instance's firewall as an admin writes it, and servers and probes to see what it does."""

import re
import sqlite3
import subprocess

import hub
from hub import warren

PORTS = (22, 80, 443, 8080)

SERVE = """
import selectors, socket, sys
chosen = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        server = socket.socket(socket.AF_INET6, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("::", port))
        if kind == socket.SOCK_STREAM:
            server.listen(50)
        server.setblocking(False)
        chosen.register(server, selectors.EVENT_READ, kind)
print("serving", flush=True)
while True:
    for key, _ in chosen.select():
        if key.data == socket.SOCK_STREAM:
            connection, _ = key.fileobj.accept()
            connection.close()
        else:
            data, sender = key.fileobj.recvfrom(100)
            key.fileobj.sendto(data, sender)
"""

PROBE = """
import socket, sys
protocol, source, target, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
family = socket.AF_INET6 if ":" in target else socket.AF_INET
probe = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
probe.settimeout(float(sys.argv[5]))
probe.bind((source, 0))
probe.connect((target, port))
if protocol == "udp":
    probe.send(b"?")
    probe.recv(100)
"""


class Servers:
    """TCP and UDP on each of the ports, in each of the namespaces."""

    def __init__(self, *namespaces):
        self.processes = [
            namespace.start("/usr/bin/python3", "-c", SERVE, *PORTS, stdout=subprocess.PIPE)
            for namespace in namespaces
        ]

    def __enter__(self):
        for process in self.processes:
            assert process.stdout.readline() == "serving\n"
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def passes(namespace, source, target, protocol="icmp", port=0, patience=0.7):
    """Does a new flow from the source's address get an answer?"""
    if protocol == "icmp":
        done = namespace.run("ping", "-n", "-c", "1", "-W", patience, "-I", source, target, check=False)
        return done.returncode == 0
    done = namespace.run("/usr/bin/python3", "-c", PROBE, protocol, source, target, port, patience, check=False)
    return done.returncode == 0


class Firewall:
    def __init__(self, tenant):
        self.tenant = tenant

    def do(self, verb, *words):
        return warren("firewall", verb, self.tenant.name, *words)

    def add(self, action, **options):
        return self.do("add", action, *_words(options))

    def delete_all(self):
        for rule in self.rules():
            self.do("delete", rule["id"])

    def rules(self):
        return self.do("list")["items"]

    def test(self, source, target, **options):
        return self.do("test", "--from", source, "--to", target, *_words(options))["action"]

    def nft(self, *words):
        return hub.run("ip", "netns", "exec", self.tenant.namespace, "nft", *words, check=words[0] != "-a").stdout

    def handles(self):
        """Of the kernel's rules: "ID PART" -> handle."""
        said = self.nft("-a", "list", "chain", "inet", "warren_rules", "rules")
        return dict(re.findall(r'comment "rule (\w+ \d)/\d [^"]*" # handle (\d+)', said))

    def hits(self, rule_id):
        return self.do("show", rule_id)["hits"]


def _words(options):
    words = []
    for name, value in options.items():
        option = "--" + {"source": "from", "target": "to"}.get(name, name).replace("_", "-")
        for each in value if isinstance(value, (list, tuple)) else [value]:
            words += [option, str(each)]
    return words


def load(instance_id, rules):
    """Many rules into the store of a hub that is stopped: dictionaries of columns."""
    store = sqlite3.connect(hub.STATE / "warren.db")
    columns = ["id", "instance_id", '"order"', "allow", "both", "protocol", "ports", "from_kind", "from_value",
               "to_kind", "to_value", "enabled", "comment", "created_at", "updated_at", "revision"]  # fmt: skip
    with store:
        store.executemany(
            f"INSERT INTO firewall_rule ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            [
                (rule["id"], instance_id, (number + 1) << 20, rule.get("allow", 0), rule.get("both", 0),
                 rule.get("protocol", 0), rule.get("ports", ""), 5, rule["from"], 5, rule["to"], 1, "", 1, 1, 1)
                for number, rule in enumerate(rules)
            ],
        )  # fmt: skip
    store.close()


def many(count):
    """Rules between networks that nobody of a scenario has."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for number in range(count):
        name = "".join(letters[number >> 5 * place & 31] for place in range(8))
        yield {
            "id": name,
            "from": f"172.{16 + (number >> 16 & 15)}.{number >> 8 & 255}.{number & 255}/32",
            "to": f"10.{200 + number % 50}.0.0/16",
            "protocol": (6, 17, 0)[number % 3],
            "ports": ("443", "53", "")[number % 3],
            "allow": number & 1,
        }
