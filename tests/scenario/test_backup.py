# SPDX-License-Identifier: GPL-2.0-or-later
"""The hub in one file: restored elsewhere every peer reconnects with the profile it has; a restore that is cut off
leaves the old state or the new one."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
from concurrent import futures

import hub
import net
import pytest
from agreement import disagreements
from hub import STATE, Api, Refused, cli, warren
from pinger import Pinger
from test_mapped import site as mapped_site

CONFIG = pathlib.Path("/etc/warren/warren.conf")
PASSPHRASE = "correct horse battery staple"
FILE = pathlib.Path("/run/world/hub.backup")


@pytest.fixture(scope="module", autouse=True)
def _configuration_is_put_back(started_hub):
    text = CONFIG.read_text()
    yield
    CONFIG.write_text(text)
    hub.reload()


def backup(*words, passphrase=PASSPHRASE):
    """A command about backups, with the passphrase on its standard input."""
    return subprocess.run(["warren", "backup", *map(str, words)], input=passphrase + "\n", text=True, capture_output=True)


def create(path=FILE, passphrase=PASSPHRASE):
    path.unlink(missing_ok=True)
    done = backup("create", "-o", path, passphrase=passphrase)
    assert done.returncode == 0, done.stderr
    return path


def restore(word=FILE, *options, passphrase=PASSPHRASE):
    return backup("restore", word, "--yes", *options, passphrase=passphrase)


def set_config(key, value):
    lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in CONFIG.read_text().splitlines()]
    CONFIG.write_text("\n".join(lines) + "\n")


def setting(section, key):
    return next(item["value"] for item in warren("settings", "list")["items"] if (item["section"], item["key"]) == (section, key))


def namespaces():
    return set(net.run("ip", "netns").stdout.split())


def names():
    return {instance["name"]: {peer["name"] for peer in warren("peer", "list", instance["name"])["items"]}
            for instance in warren("instance", "list")["items"]}  # fmt: skip


def empty_hub_elsewhere():
    """The machine is gone; another one has its address, and a hub that was just installed."""
    hub.down("--tunnels")
    for path in STATE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    CONFIG.unlink()
    hub.up()


@pytest.mark.core
def test_restored_elsewhere_every_peer_reconnects(tenant, measured):
    openvpn = ("--protocol", "openvpn")
    acme = tenant()
    members = [
        acme.site("office", "192.168.10.0/24"),
        acme.site("branch", "192.168.20.0/24", options=openvpn),
        acme.client("laptop"),
        acme.client("phone", *openvpn),
        mapped_site(acme, "one", 1, up=True),
        mapped_site(acme, "two", 2, *openvpn, up=True),
    ]
    office, branch, laptop, phone, one, two = members
    warren("firewall", "add", acme.name, "deny", "--from", "peer:phone", "--to", "site:office")
    acme.take_profiles()
    other = tenant()
    elsewhere = other.client("elsewhere")
    ways = [(laptop, office.host.address), (laptop, branch.host.address), (phone, branch.host.address),
            (laptop, one.seen), (laptop, two.seen), (elsewhere, other.instance["hub_addresses"][0])]  # fmt: skip
    for member, address in ways:
        assert member.house.reaches(address), (member.peer["name"], address)
    assert hub.wait_until(lambda: laptop.show()["rx_bytes"] > 0 and laptop.show()["last_handshake"], 10)
    before, totals = names(), {member.peer["name"]: member.show()["rx_bytes"] for member in members}
    set_config("region", "far away")
    set_config("keep", "3")
    set_config("public_addresses", "198.51.100.1, 192.0.2.77")
    hub.reload()
    create()
    assert FILE.stat().st_mode & 0o777 == 0o600
    assert warren("backup", "list")["items"] == []
    old_addresses = setting("hub", "public_addresses")

    empty_hub_elsewhere()
    assert names() == {}
    assert laptop.house.pings(office.host.address) == 0
    assert phone.house.pings(branch.host.address) == 0
    started = time.monotonic()
    done = restore()
    assert done.returncode == 0, done.stderr
    assert "6 peers" not in done.stdout and "2 instances, 7 peers" in done.stdout, done.stdout
    for member, address in ways:
        assert member.house.reaches(address, within=60), (member.peer["name"], address)
    measured(f"restored, and all of {len(members) + 1} peers connected after {time.monotonic() - started:.1f} s")
    assert phone.house.pings(office.host.address) == 0
    assert names() == before
    assert setting("hub", "region") == "far away" and setting("backup", "keep") == "3"
    # Of the machine, not of the hub.
    assert setting("hub", "public_addresses") != old_addresses
    for member in members:
        assert member.show()["rx_bytes"] >= totals[member.peer["name"]]
        assert not member.show()["profile_stale"], member.show()["profile_stale_reasons"]
    assert warren("audit", "verify")["whole"]
    actions = [entry["action"] for entry in warren("audit", "list", "--limit", 200)["items"]]
    assert "backup.restore" in actions and "instance.add" in actions
    assert hub.wait_until(lambda: not disagreements(), 10), disagreements()
    assert cli("backup", "list").stdout.startswith("There are no backups here")


def test_restored_on_the_hub_itself(tenant):
    """What is the same goes on without a lost packet; what came later goes."""
    acme = tenant()
    office, laptop = acme.site("office", "192.168.10.0/24"), acme.client("laptop")
    gone = acme.client("gone")
    assert laptop.house.reaches(office.host.address) and gone.house.reaches(acme.instance["hub_addresses"][0])
    create()
    late = tenant()
    newcomer = late.client("newcomer")
    extra = acme.client("extra")
    gone.do("disable")
    assert newcomer.house.reaches(late.instance["hub_addresses"][0])
    assert extra.house.reaches(office.host.address)
    assert not gone.house.pings(acme.instance["hub_addresses"][0])
    with Pinger(laptop.house, office.host.address) as pinger:
        done = restore()
        assert done.returncode == 0, done.stderr
        assert gone.house.reaches(acme.instance["hub_addresses"][0], within=30)
        assert hub.wait_until(lambda: late.namespace not in namespaces(), 15), namespaces()
        pinger.stop()
    assert pinger.lost == 0, pinger
    assert not extra.house.pings(office.host.address)
    assert names()[acme.name] == {"office", "laptop", "gone"} and late.name not in names()
    assert hub.wait_until(lambda: not disagreements(), 10), disagreements()


def test_bad_files_touch_nothing(tenant):
    acme = tenant()
    acme.client("laptop", up=False)
    path = create()
    good = path.read_bytes()
    acme.client("later", up=False)
    before, processes, audit = names(), hub.settled(), hub.audit_count()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    bad = {
        "truncated": (good[:-50], "cut off"),
        "head only": (good[:100], "cut off"),
        "flipped": (bytes(flipped), "not as it was written"),
        "grown": (good + b"x", "damaged"),
        "foreign": (b"PK\x03\x04" + b"x" * 5000, "no backup of Warren"),
        "newer": (good[:8] + b"\x09" + good[9:], "newer program"),
        "empty": (b"", "something in it"),
    }
    for name, (content, why) in bad.items():
        path.write_bytes(content)
        done = restore()
        assert done.returncode == 1 and why in done.stderr, (name, done.stderr)
    path.write_bytes(good)
    done = restore(passphrase="another passphrase")
    assert done.returncode == 1 and "passphrase is another one" in done.stderr, done.stderr
    assert restore(passphrase="short").returncode == 1
    assert restore(pathlib.Path("/nowhere")).returncode == 1
    assert backup("restore", path).returncode == 2
    done = restore(path, "--dry-run")
    assert done.returncode == 0 and "would be restored" in done.stdout, done.stdout
    assert names() == before and hub.processes() == processes
    said = [entry["action"] for entry in warren("audit", "list", "--limit", hub.audit_count() - audit)["items"]]
    assert set(said) <= {"backup.upload", "backup.delete"}, said
    assert warren("backup", "list")["items"] == []
    assert not list((STATE / "restore").iterdir())


def test_passphrase_by_descriptor_and_never_by_argument(tenant):
    tenant()
    FILE.unlink(missing_ok=True)
    done = subprocess.run(
        ["bash", "-c", f"warren backup create -o {FILE} --passphrase-fd 9 9<<<'{PASSPHRASE}' </dev/null"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = backup("create", "-o", FILE)
    assert done.returncode == 1 and "is there already" in done.stderr and "--force" in done.stderr
    assert backup("create", "-o", FILE, "--passphrase", PASSPHRASE).returncode == 2
    assert restore(FILE, "--dry-run").returncode == 0
    content = FILE.read_bytes()
    assert b"SQLite" not in content and (STATE / "seal.key").read_bytes() not in content


@pytest.mark.core
def test_killed_at_any_moment(tenant):
    """All of Warren is killed while it restores: the old state or the new, never a mix."""
    acme = tenant()
    acme.client("before", up=False)
    set_config("region", "before")
    hub.reload()
    path = create()
    warren("peer", "add", acme.name, "after", "--client")
    set_config("region", "after")
    hub.reload()
    old_key = (STATE / "seal.key").read_bytes()
    seen = set()
    random.seed(4)
    # About as long as a whole one takes on this machine.
    began = time.monotonic()
    assert restore(path, "--dry-run").returncode == 0
    longest = 2 * (time.monotonic() - began)
    for _ in range(20):
        running = subprocess.Popen(["warren", "backup", "restore", str(path), "--yes"], stdin=subprocess.PIPE, text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        running.stdin.write(PASSPHRASE + "\n")
        running.stdin.close()
        time.sleep(random.uniform(0.1, 1) * longest)
        hub.kill()
        running.kill()
        running.wait()
        hub.start()
        peers, region = names()[acme.name], setting("hub", "region")
        assert (peers, region) in (({"before", "after"}, "after"), ({"before"}, "before")), (peers, region)
        assert (STATE / "seal.key").read_bytes() == old_key
        assert warren("audit", "verify")["whole"]
        seen.add(region)
        # The next kill rather falls into the other half.
        longest *= 0.7 if region == "before" else 1.4
        if region == "before":
            warren("peer", "add", acme.name, "after", "--client")
            set_config("region", "after")
            hub.reload()
    assert seen == {"before", "after"}, seen
    assert hub.active(acme.name)
    # Uploads whose command was killed.
    for item in warren("backup", "list")["items"]:
        warren("backup", "delete", item["id"])


def test_the_hubs_own(tenant):
    """Made by itself once there is a passphrase, and no more than the disk has room for."""
    acme = tenant()
    acme.client("laptop", up=False)
    nobody = subprocess.run(["warren", "backup", "create"], stdin=subprocess.DEVNULL, text=True, capture_output=True)
    assert nobody.returncode == 1 and "passphrase" in nobody.stderr
    for item in warren("backup", "list")["items"]:
        warren("backup", "delete", item["id"])
    assert warren("status")["backup"] == {"key": False, "last": None, "next": None, "kept": 0, "bytes": 0, "problem": None}
    assert backup("key", "set").returncode == 0
    own = hub.wait_until(lambda: warren("backup", "list")["items"], 10)
    assert [item["kind"] for item in own] == ["scheduled"]
    state = warren("status")["backup"]
    assert state["key"] and state["last"] and state["next"] > state["last"] and state["kept"] == 1
    # It restarts, and none is due.
    hub.stop()
    hub.start()
    assert len(warren("backup", "list")["items"]) == 1
    acme.client("later", up=False)
    FILE.unlink(missing_ok=True)
    assert cli("backup", "fetch", own[0]["id"], "-o", FILE).returncode == 0
    assert restore(own[0]["id"], passphrase="not the right one").returncode == 1
    done = restore(own[0]["id"])
    assert done.returncode == 0, done.stderr
    assert names()[acme.name] == {"laptop"}
    # The one that was restored is still there, and so is the passphrase.
    assert warren("backup", "key", "show")["set"]
    assert warren("backup", "delete", own[0]["id"])["deleted"]
    warren("backup", "key", "delete")


def test_never_fills_the_disk(tenant):
    tenant()
    for item in warren("backup", "list")["items"]:
        warren("backup", "delete", item["id"])
    with hub.state_aside():
        net.run("mount", "-t", "tmpfs", "-o", "size=40M", "small", STATE)
        net.run("cp", "-a", "/run/world/aside/.", STATE)
        try:
            hub.start()
            done = backup("create", "-o", "/run/world/none.backup")
            assert done.returncode == 1 and "the disk has" in done.stderr, done.stderr
            assert backup("key", "set").returncode == 0
            assert hub.wait_until(lambda: warren("status")["backup"]["problem"], 10)
            assert "the disk has" in cli("status").stdout
            assert warren("backup", "list")["items"] == []
            assert [item["kind"] for item in warren("events")["items"]].count("backup.failed") == 1
        finally:
            hub.kill()
            net.run("umount", STATE)


def test_hub_goes_on_while_a_passphrase_is_worked_on(tenant):
    """By warren-hash, which stands still here: nobody else waits for it."""
    tenant()
    create()
    backup("upload", FILE)
    made = warren("backup", "list")["items"][0]["id"]
    (worker,) = hub.processes("warren-hash")
    with Api() as asking, Api() as other, futures.ThreadPoolExecutor(1) as pool:
        os.kill(worker, signal.SIGSTOP)
        try:
            restored = pool.submit(
                asking.ask, "POST", f"/backups/{made}/restore", {"passphrase": PASSPHRASE}, {"dry_run": "1"}
            )
            time.sleep(0.5)
            assert other.ask("GET", "/status")["status"] == 200 and not restored.done()
        finally:
            os.kill(worker, signal.SIGCONT)
        said = restored.result(30)
        assert said["status"] == 200 and said["body"]["would"]["audit_whole"], said
        said = asking.ask("POST", f"/backups/{made}/restore", {"passphrase": "not the right one"}, {"dry_run": "1"})
        assert said["status"] == 403, said
