# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept and how it is changed: a full disk, a second hub, a newer database, keys against doing things twice,
the audit."""

import contextlib
import json
import pathlib
import re
import shutil
import time

import hub
import net
import pytest
from agreement import disagreements
from hub import STATE, Api, Refused, warren
from pinger import Pinger
from residue import database

CONFIG = pathlib.Path("/etc/warren/warren.conf")


@contextlib.contextmanager
def _small_disk(room):
    """The state on a disk with so many bytes of room."""
    with hub.state_aside():
        size = sum(path.stat().st_size for path in STATE.iterdir()) + room
        net.run("mount", "-t", "tmpfs", "-o", f"size={size}", "small", STATE)
        net.run("cp", "-a", "/run/world/aside/.", STATE)
        try:
            hub.start()
            yield
        finally:
            hub.kill()
            net.run("umount", STATE)


def test_full_disk_says_so_and_keeps_tunnels(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    with _small_disk(4 << 20):
        assert hub.active(acme.name)
        assert laptop.house.reaches(office.host.address)
        with Pinger(laptop.house, office.host.address) as pinger:
            free = shutil.disk_usage(STATE).free
            filler = STATE / "filler"
            filler.write_bytes(b"x" * max(0, free - 8192))
            refused = None
            for number in range(60):
                try:
                    warren("peer", "add", acme.name, f"more-{number}", "--client")
                except Refused as error:
                    refused = error
                    break
            assert refused and refused.status == 1 and "disk full" in refused.text.lower(), refused
            acknowledged = {peer["name"] for peer in warren("peer", "list", acme.name)["items"]}
            assert acknowledged == {"office", "laptop"} | {f"more-{each}" for each in range(number)}
            assert hub.cli("status").returncode == 0
            assert not disagreements()
            # One that is started on a full disk, to the last byte, has all that there was.
            with open(filler, "ab", buffering=0) as file:
                with pytest.raises(OSError):
                    while file.write(b"x" * 4096):
                        pass
            assert shutil.disk_usage(STATE).free == 0
            hub.kill()
            config = CONFIG.read_text()
            # Its certificate wants to be another one, which cannot be kept.
            CONFIG.write_text(re.sub("(?m)^public_name = .*", "public_name = full.example.org", config))
            hub.start()
            CONFIG.write_text(config)
            assert hub.active(acme.name)
            assert not disagreements()
            filler.unlink()
            warren("peer", "add", acme.name, "after", "--client")
            pinger.stop()
        assert pinger.lost == 0, pinger
        hub.stop()
        hub.start()
        assert {peer["name"] for peer in warren("peer", "list", acme.name)["items"]} == acknowledged | {"after"}
    hub.active(acme.name)
    assert hub.wait_until(lambda: not disagreements(), 10), disagreements()


def test_second_hub_on_the_same_state_is_refused(tenant):
    acme = tenant()
    running = hub.settled()
    done = net.run("timeout", "10", "warrend", "--run-dir", "/run/other", check=False)
    assert done.returncode not in (0, 124)
    assert str(STATE) in done.stderr + done.stdout
    assert hub.processes() == running
    assert acme.show()["state"] == "active"


def test_newer_database_is_refused(hub):
    with hub.state_aside():
        with database() as opened:
            opened.execute("PRAGMA user_version = 9999")
        with pytest.raises(AssertionError):
            hub.start(within=4)
        assert "newer" in hub.log_tail(60)
        hub.kill()
        with database() as opened:
            assert opened.execute("PRAGMA user_version").fetchone() == (9999,)


def test_idempotency_key(tenant):
    acme = tenant()
    path, headers = f"/instances/{acme.id}/peers", {"idempotency-key": "only-once"}
    with Api() as api:
        first = api.ask("POST", path, {"name": "laptop", "type": "client"}, headers=headers)
        again = api.ask("POST", path, {"name": "laptop", "type": "client"}, headers=headers)
        other = api.ask("POST", path, {"name": "phone", "type": "client"}, headers=headers)
        without = api.ask("POST", path, {"name": "laptop", "type": "client"})
    assert first["status"] == again["status"] == 201
    assert first["body"]["id"] == again["body"]["id"]
    assert other["status"] in (409, 422) and without["status"] in (409, 422)
    assert len(warren("peer", "list", acme.name)["items"]) == 1


def test_dry_run_changes_nothing(tenant):
    acme = tenant()
    before, kernel = hub.audit_count(), acme.show()
    would = warren("peer", "add", acme.name, "laptop", "--client", "--dry-run")
    assert would["would"]["name"] == "laptop"
    warren("instance", "set", acme.name, "--mtu", "1300", "--dry-run")
    warren("instance", "delete", acme.name, "--yes", "--dry-run")
    assert hub.audit_count() == before
    assert warren("peer", "list", acme.name)["items"] == []
    assert {**acme.show(), "resync": None} == {**kernel, "resync": None}
    assert not disagreements()


def test_etag_guards_against_a_change_in_between(tenant):
    acme = tenant()
    with Api() as api:
        path = f"/instances/{acme.id}"
        etag = api.ask("GET", path)["etag"]
        first = api.ask("PATCH", path, {"mtu": 1400}, headers={"if-match": etag})
        second = api.ask("PATCH", path, {"mtu": 1390}, headers={"if-match": etag})
        assert (first["status"], second["status"]) == (200, 412)
        third = api.ask("PATCH", path, {"mtu": 1390}, headers={"if-match": first["etag"]})
        assert third["status"] == 200


def test_lists_come_in_pages(tenant):
    acme = tenant()
    names = [f"peer-{number}" for number in range(7)]
    for name in names:
        warren("peer", "add", acme.name, name, "--client")
    seen, query = [], {"limit": "3"}
    with Api() as api:
        while True:
            body = api.ask("GET", f"/instances/{acme.id}/peers", query=query)["body"]
            assert len(body["items"]) <= 3
            seen += [peer["name"] for peer in body["items"]]
            if not body["next"]:
                break
            query["cursor"] = body["next"]
    assert sorted(seen) == names


def test_audit_tells_who_and_what(tenant):
    acme = tenant()
    start = hub.audit_count()
    warren("peer", "add", acme.name, "laptop", "--client")
    warren("peer", "disable", acme.name, "laptop")
    entries = warren("audit", "list", "--limit", "2")["items"]
    assert [entry["number"] for entry in entries] == [start + 2, start + 1]
    assert [entry["action"] for entry in entries] == ["peer.disable", "peer.add"]
    assert all("root" in entry["who"] for entry in entries)
    assert "laptop" in json.dumps(entries[1]["after"])
    assert hub.cli("audit", "verify").returncode == 0


def test_audit_that_was_tampered_with_is_found(tenant):
    acme = tenant()
    warren("peer", "add", acme.name, "laptop", "--client")
    assert hub.cli("audit", "verify").returncode == 0
    with hub.state_aside():
        with database() as opened:
            opened.execute("UPDATE audit SET who = 'nobody' WHERE number = 1")
        hub.start()
        done = hub.cli("audit", "verify")
        assert done.returncode == 1 and "1" in done.stdout + done.stderr
    assert hub.cli("audit", "verify").returncode == 0


def test_members_of_the_group_may_and_others_may_not(tenant):
    acme = tenant()
    member = ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups", "warren"]
    other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    assert net.run(*member, "warren", "peer", "add", acme.name, "laptop", "--client", check=False).returncode == 0
    entry = warren("audit", "list", "--limit", "1")["items"][0]
    assert entry["action"] == "peer.add" and "root" not in entry["who"]
    assert net.run(*other, "warren", "instance", "list", check=False).returncode == 3


def test_settings_are_read_again_without_a_restart(tenant):
    acme = tenant()
    config = "/etc/warren/warren.conf"
    text = open(config).read()
    try:
        lines = ["public_name = vpn.example.net" if line.startswith("public_name") else line for line in text.splitlines()]
        open(config, "w").write("\n".join(lines) + "\n")
        hub.reload()
        warren("peer", "add", acme.name, "laptop", "--client")
        assert hub.wait_until(
            lambda: "Endpoint = vpn.example.net:" in hub.cli("profile", "show", acme.name, "laptop").stdout, 5
        )
    finally:
        open(config, "w").write(text)
        hub.reload()


def test_instance_is_there_within_a_second(tenant, measured):
    """From the command to an instance that shakes hands; printed with the time of the first handshake."""
    started = time.monotonic()
    acme = tenant()
    ready = time.monotonic() - started
    assert acme.instance["state"] == "active"
    laptop = acme.client("laptop")
    address = acme.instance["hub_addresses"][0]
    laptop.house.run("ping", "-n", "-i", "0.02", "-c", "1", "-w", "5", address)
    measured(f"instance add {ready * 1000:.0f} ms, to the first answer {(time.monotonic() - started) * 1000:.0f} ms")
    assert ready < 1.0
