# SPDX-License-Identifier: GPL-2.0-or-later
"""A backup of one machine put onto another one, by a seed and by command: the peers of the first one are back without a
new profile."""

import base64
import contextlib
import time

import pytest
import seeds
from machine import Machine
from segment import ADDRESS, Segment

pytestmark = pytest.mark.appliance
NAME, FIRST, OTHER = "hub.example.test", "192.0.2.10", "192.0.2.11"
PASSPHRASE = "correct horse battery staple"


def seed(address, more=""):
    return f"#warren-seed\n[network]\naddresses = {address}/24\ngateways = {ADDRESS}\n{more}"


@pytest.fixture(scope="module")
def segment():
    with contextlib.closing(Segment()) as made:
        made.names(**{NAME: FIRST})
        yield made


@pytest.fixture(scope="module")
def backup(image, segment):
    """Of a machine that is gone now; its device still looks for it."""
    with contextlib.closing(Machine(image)) as machine:
        machine.start(*seeds.by_credential(seed(FIRST, f"[hub]\npublic_name = {NAME}\nregion = first\n")), **segment.plug())
        machine.until_ready()
        machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
        machine.run("warren firewall add acme deny --from peer:laptop --protocol tcp --port 25 --comment 'no mail'")
        segment.up(machine.run("warren profile show acme laptop"))
        segment.until_handshake(after=0)
        machine.run(f"warren backup create -o /data/hub.backup <<<'{PASSPHRASE}'")
        return base64.b64decode(machine.run("base64 -w 0 /data/hub.backup"))


def assert_is_the_first_one(machine):
    assert "no mail" in machine.run("warren firewall list acme")
    items = machine.ask("settings list")["items"]
    assert {"first", NAME} <= {item["value"] for item in items if item["key"] in ("region", "public_name")}
    assert machine.problems() == []


def test_by_a_seed(image, segment, backup, tmp_path, measured):
    """In the place of the first one: nobody does anything at the device."""
    began = time.time()
    told = seed(FIRST, f"[restore]\nfile = hub.backup\npassphrase = {PASSPHRASE}\n")
    disk = seeds.by_cidata(tmp_path, told, {"hub.backup": backup})
    with contextlib.closing(Machine(image)) as machine:
        machine.start(*disk, **segment.plug())
        machine.until("warren peer list acme | grep -q laptop")
        machine.until_ready()
        seconds = segment.until_handshake(after=began)
        assert_is_the_first_one(machine)
        # Used up.
        machine.until("! test -e /data/restore")
        assert PASSPHRASE not in machine.run("cat /etc/warren/*")
        measured(f"the tunnel was back {seconds:.0f} s after the hub was ready")
        # And once: what changes now is not undone by the next start.
        machine.run("warren peer add acme later --client")
        machine.power_cut()
        machine.start(*disk, **segment.plug())
        machine.until_ready()
        assert "later" in machine.run("warren peer list acme")


def test_seed_with_a_wrong_passphrase(image, segment, backup, tmp_path):
    """The box comes up, empty, and says so."""
    told = seed(OTHER, "[restore]\nfile = hub.backup\npassphrase = not the one\n")
    with contextlib.closing(Machine(image)) as machine:
        machine.start(*seeds.by_cidata(tmp_path, told, {"hub.backup": backup}), **segment.plug())
        machine.until_ready()
        machine.until("warren box show --json | grep -q 'restore: '")
        assert "acme" not in machine.run("warren instance list")
        machine.until("! test -e /data/restore")
        # One that is left over never takes the place of what somebody did meanwhile.
        machine.run("warren instance add precious --hostname precious")
        machine.run(f"mkdir -m 700 /data/restore && echo '{PASSPHRASE}' >/data/restore/passphrase")
        machine.run(f"base64 -d >/data/restore/backup <<<'{base64.b64encode(backup).decode()}' && sync")
        machine.power_cut()
        machine.start(**segment.plug())
        machine.until("! test -e /data/restore")
        assert "precious" in machine.run("warren instance list")
        assert any("there is an instance already" in problem for problem in machine.problems())


def test_by_command(image, segment, backup):
    """At another address, to which the name leads then: the same profile, switched off and on."""
    began = time.time()
    with contextlib.closing(Machine(image)) as machine:
        machine.start(*seeds.by_credential(seed(OTHER)), **segment.plug())
        machine.until_ready()
        machine.run(f"base64 -d >/data/hub.backup <<<'{base64.b64encode(backup).decode()}'")
        status, said = machine.run("warren backup restore /data/hub.backup --yes <<<'not the one'", check=False)
        assert status == 1 and "passphrase" in said, said
        assert "acme" not in machine.run("warren instance list")
        machine.run(f"warren backup restore /data/hub.backup --yes <<<'{PASSPHRASE}'")
        machine.until_ready()
        assert_is_the_first_one(machine)
        segment.names(**{NAME: OTHER})
        segment.again()
        segment.until_handshake(after=began)


def test_two_at_once_see_each_other(image, segment):
    with contextlib.closing(Machine(image)) as one, contextlib.closing(Machine(image)) as other:
        one.start(*seeds.by_credential(seed(FIRST)), **segment.plug())
        other.start(*seeds.by_credential(seed(OTHER)), **segment.plug())
        one.until(f"exec 3<>/dev/tcp/{OTHER}/443")
        other.until(f"exec 3<>/dev/tcp/{FIRST}/443")
