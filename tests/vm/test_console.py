# SPDX-License-Identifier: GPL-2.0-or-later
"""The menu on the serial line, by its keys."""

import contextlib
import http.client
import json
import re
import socket
import ssl
import time

import pytest
from machine import Machine

pytestmark = pytest.mark.appliance
# Arrows, function keys, what terminals say of themselves, a title with the menu's letters in it, letters of no meaning.
NOISE = "\x1b[A\x1b[1;5D\x1bOa\x1bOs\x1bOP\x1b[11~\x1b[?1;2c\x1b[24;80R\x1b]0;nafrs\x07\x1bPnafrs\x1b\\xyzNAFRS019 \t\x01\x04\x7f"


class Screen:
    """What is said after a key."""

    def __init__(self, machine):
        self.machine = machine

    def type(self, keys, expect, patience=60):
        before = len(self.machine.said())
        self.machine.type(keys)
        deadline = time.monotonic() + patience
        while not re.search(expect, said := self.machine.said()[before:]):
            assert time.monotonic() < deadline, f"after {keys!r} it says, without {expect!r}:\n{said}"
            time.sleep(0.2)
        return said

    def back(self):
        """To the menu, from an answer."""
        self.type(" ", "n network")

    def silent(self, keys):
        before = len(self.machine.said())
        self.machine.type(keys)
        time.sleep(3)
        assert self.machine.said()[before:] == ""


def addresses(machine):
    return machine.run("ip -4 -o addr show dev eth0")


def sign_in(port, name, password):
    """Status and answer."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
    body = json.dumps({"name": name, "password": password})
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def free_port():
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def test_menu(image):
    port = free_port()
    with contextlib.closing(Machine(image)) as machine:
        machine.start(network=f"user,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:443")
        machine.until_ready()
        machine.until_said("Hub +ready")
        machine.until_said(r"Addresses +10\.0\.2\.15")
        # The first addresses and problems were drawn: from here on it speaks when spoken to.
        machine.until("test -e /data/config/seeded")
        time.sleep(12)
        screen = Screen(machine)
        before = machine.run("cat /proc/sys/kernel/random/boot_id; ls -l /data/config; warren audit list")

        # What is no key of the menu does nothing.
        screen.silent(NOISE)
        assert "n network" in screen.type("\r", r"(?s)Instances.*n network")
        # What is not confirmed is not done; the key that ends a file is no answer, and later questions have one.
        for key, word in (("f", "delete"), ("f", "DELETE EVERYTHING"), ("r", ""), ("s", "yes"), ("n", "")):
            screen.type(key, ": $")
            screen.type(f"{word}\r", "n network")
        screen.type("f", ": $")
        screen.type("\x04", "n network")
        after = machine.run("cat /proc/sys/kernel/random/boot_id; ls -l /data/config; warren audit list")
        assert after == before

        # No owner yet: the link to make one. Then who forgot the password gets another one, which lets in.
        assert re.search(r"https://\S+/setup#[A-Za-z0-9_-]{43}", screen.type("a", "Press a key"))
        screen.back()
        machine.run("warren admin add anna --role owner <<<'correct horse battery staple'")
        for name in ("nobody", "--help"):
            screen.type("a", r"(?s)anna.*: $")
            screen.type(f"{name}\r", "That did not work")
            screen.back()
        screen.type("a", ": $")
        password = re.search(r"of anna is: (\S{20})", screen.type("anna\r", "Press a key"))[1]
        screen.back()
        assert "admin.password" in machine.run("warren audit list | head -n 3")
        for tried, expected in ((password, 201), ("correct horse battery staple", 401)):
            status, answer = sign_in(port, "anna", tried)
            assert status == expected, answer

        # The network: refused, fixed, by DHCP.
        screen.type("n", "Addresses: $")
        screen.type("10.0.2.300/24\r", "Gateways: $")
        screen.type("\r", "Name servers: $")
        assert "is no address" in screen.type("\r", "That did not work")
        screen.back()
        assert "10.0.2.15/" in addresses(machine) and machine.run("ls /etc/warren/box.conf", check=False)[0] != 0
        screen.type("n", "Addresses: $")
        screen.type("10.0.2.99/24, \x1b[A\r", "Gateways: $")
        screen.type("\r", "Name servers: $")
        assert "\x1b[A" not in screen.type("\r", "That did not work")
        screen.back()
        screen.type("n", "Addresses: $")
        screen.type("10.0.2.99/24\r", "Gateways: $")
        screen.type("10.0.2.2\r", "Name servers: $")
        assert "did not" not in screen.type("10.0.2.3\r", "Press a key")
        screen.type(" ", r"Addresses +10\.0\.2\.99")
        assert "10.0.2.99/24" in addresses(machine) and "10.0.2.15/" not in addresses(machine)
        machine.until("grep -q 10.0.2.3 /etc/resolv.conf && ip route get 203.0.113.1 | grep -q 'via 10.0.2.2'")
        screen.type("n", "Addresses: $")
        screen.type("dhcp\r", "Press a key")
        screen.back()
        machine.until("ip -4 -o addr show dev eth0 | grep -q 10.0.2.15/")
        assert "10.0.2.99" not in addresses(machine)

        # Restart, with everything in place; factory reset, with nothing; off.
        machine.run("warren instance add acme --hostname acme")
        screen.type("r", ": $")
        screen.machine.type("restart\r")
        machine.wait_reboot()
        machine.until_ready()
        assert "acme" in machine.run("warren instance list")
        machine.until_said("Instances +1, 1 active", since_start=True)
        screen.type("f", ": $")
        screen.machine.type("delete everything\r")
        machine.wait_reboot()
        machine.until_ready()
        assert "acme" not in machine.run("warren instance list")
        machine.until_said("Instances +0, 0 active", since_start=True)
        screen.type("s", ": $")
        screen.machine.type("off\r")
        machine.wait_off()
