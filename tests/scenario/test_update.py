# SPDX-License-Identifier: GPL-2.0-or-later
"""An update: installed beside what runs, tried, kept when the hub is healthy, taken back with all it did when not."""

import base64
import sqlite3
import time

import hub
import pytest
import slots
from hub import STATE, Api, Refused, cli, warren
from pinger import Pinger
from slots import Box
from test_backup import set_config


@pytest.fixture
def box(tenant):
    made = Box()
    yield made
    made.close()


def update():
    return warren("update", "show")


def install(path):
    return cli("update", "install", path)


def install_and_boot(box):
    assert install(box.bundle()).returncode == 0
    warren("update", "reboot")
    assert box.wants_reboot()
    assert box.boot() == ("b", "trial")


def actions():
    return [entry["action"] for entry in warren("audit", "list", "--limit", 20)["items"]]


def test_without_an_image_there_is_none(tenant):
    tenant()
    assert not update()["available"]
    with pytest.raises(Refused) as refused:
        warren("update", "reboot")
    assert "not started from an image" in refused.value.text


@pytest.mark.core
def test_good_update_is_kept(box, tenant, measured):
    acme = tenant()
    office, laptop = acme.site("office", "192.168.10.0/24"), acme.client("laptop")
    assert laptop.house.reaches(office.host.address)
    assert hub.wait_until(lambda: laptop.show()["connected"] and office.show()["connected"], 10)
    assert (update()["slot"], update()["boot"], update()["state"]) == ("a", "kept", "idle")
    with Pinger(laptop.house, office.host.address) as pinger:
        done = install(box.bundle())
        pinger.stop()
    assert done.returncode == 0 and "9.9.9 is in slot b" in done.stdout, done.stderr
    assert pinger.lost == 0 and box.holds("b")
    assert update()["state"] == "installed" and slots.choice()["trial"] == "-"
    # Started again without having been asked to: the slot that is kept.
    assert box.boot() == ("a", "kept")
    assert update()["state"] == "installed"
    warren("update", "reboot")
    assert box.wants_reboot() and slots.choice() == {"slot": "a", "trial": "b", "failures": slots.choice()["failures"]}
    assert box.boot() == ("b", "trial")
    began = time.monotonic()
    assert hub.wait_until(lambda: update()["state"] == "idle", 60), update()
    measured(f"healthy after {time.monotonic() - began:.1f} s")
    assert slots.choice() == {"slot": "b", "trial": "-", "failures": "0"}
    assert laptop.house.reaches(office.host.address)
    assert "update.confirmed" in actions() and "update.reboot" not in actions()[:1]
    assert warren("status")["frozen"] is None
    acme.client("later", up=False)
    assert not list((STATE / "restore").iterdir())
    # From now on it is the one that is kept, and the other slot is for the next one.
    assert box.boot() == ("b", "kept")
    assert hub.wait_until(lambda: slots.choice()["failures"] == "0", 15), slots.choice()
    assert install(box.bundle(version="10")).returncode == 0 and box.holds("a")


def test_nothing_is_acknowledged_that_could_be_lost(box, tenant):
    """On trial every change is refused; a newer program's database goes when it goes."""
    set_config("trial", "1h")
    acme = tenant()
    laptop = acme.client("laptop")
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    assert hub.wait_until(lambda: laptop.show()["connected"], 10)
    warren("instance", "add", "only here", "--hostname", "onlyhere")
    # Its peer does not come back, so that it stays on trial.
    laptop.device.down()
    install_and_boot(box)
    state = update()
    assert state["state"] == "trial" and state["until"] and "0 of the 1 peers" in hub.wait_until(
        lambda: update()["waiting_for"], 10
    )
    before = hub.audit_count()
    for words in (("peer", "add", acme.name, "lost", "--client"), ("profile", "show", acme.name, "laptop"),
                  ("instance", "delete", "only here", "--yes"), ("backup", "create")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            warren(*words)
        assert "on trial until" in refused.value.text, refused.value.text
    with Api() as api:
        assert api.ask("POST", "/instances", {"name": "lost", "hostname": "lost"})["status"] == 503
    assert hub.audit_count() == before
    assert "on trial" in cli("status").stdout
    # What a newer program would make of the database.
    hub.kill()
    with sqlite3.connect(STATE / "warren.db") as database:
        database.execute("PRAGMA user_version = 9999")
        database.execute("CREATE TABLE of_the_future (one INTEGER)")
        database.execute("UPDATE peer SET name = 'spoiled'")
    assert box.boot() == ("a", "kept")
    assert update()["state"] == "failed" and update()["update_version"] == "9.9.9"
    assert "not healthy" in update()["problem"] and "update.rolled-back" in actions()
    assert {peer["name"] for peer in warren("peer", "list", acme.name)["items"]} == {"laptop"}
    assert warren("audit", "verify")["whole"]
    assert slots.choice()["slot"] == "a" and slots.choice()["trial"] == "-"
    acme.client("again", up=False)
    warren("instance", "delete", "only here", "--yes")


def test_unhealthy_update_goes_by_itself(box, tenant):
    set_config("trial", "10s")
    acme = tenant()
    laptop = acme.client("laptop")
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    assert hub.wait_until(lambda: laptop.show()["connected"], 10)
    laptop.device.down()
    install_and_boot(box)
    assert box.wants_reboot(30), update()
    assert box.boot() == ("a", "kept")
    assert update()["state"] == "failed"
    # And is forgotten with the next one.
    assert install(box.bundle()).returncode == 0
    assert update()["state"] == "installed" and update()["problem"] is None
    warren("update", "rollback")
    assert update()["state"] == "idle"


def test_engine_that_cannot_start_goes_by_itself(box, tenant):
    """Nobody says that the update is healthy: warrend does not wait for ever."""
    set_config("trial", "10s")
    tenant()
    assert install(box.bundle()).returncode == 0
    warren("update", "reboot")
    assert box.wants_reboot()
    assert box.boot(start=False) == ("b", "trial")
    database = (STATE / "warren.db").read_bytes()
    (STATE / "warren.db").write_bytes(b"nonsense" * 1000)
    hub.run("bash", "-c", "setsid /usr/local/sbin/warrend </dev/null >>/var/log/warren.log 2>&1 &")
    assert box.wants_reboot(40)
    hub.kill()
    (STATE / "warren.db").write_bytes(database)
    (STATE / "update").unlink()
    for path in (STATE / "restore").iterdir():
        path.unlink()
    box.boot()


def test_update_that_never_came_up(box, tenant):
    """The machine went into the other slot, and the boot loader came back."""
    tenant()
    assert install(box.bundle()).returncode == 0
    warren("update", "reboot")
    assert box.boot(start=False) == ("b", "trial")
    assert box.boot() == ("a", "kept")
    assert update()["state"] == "failed" and "update.rolled-back" in actions()


def test_confirmed_and_taken_back_by_hand(box, tenant):
    acme = tenant()
    laptop = acme.client("laptop")
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    assert hub.wait_until(lambda: laptop.show()["connected"], 10)
    laptop.device.down()
    install_and_boot(box)
    warren("update", "rollback")
    assert box.wants_reboot()
    assert box.boot() == ("a", "kept")
    assert update()["state"] == "failed"
    install_and_boot(box)
    assert warren("update", "confirm")["state"] == "idle"
    assert slots.choice() == {"slot": "b", "trial": "-", "failures": "0"}
    acme.client("later", up=False)


@pytest.mark.parametrize("when", ["before", "after"])
def test_power_cut_around_the_confirmation(box, tenant, when):
    """Either it is kept with what it holds, or it is gone with what it did."""
    tenant()
    assert install(box.bundle()).returncode == 0
    warren("update", "reboot")
    box.boot(start=False)
    hub.start()
    if when == "after":
        assert hub.wait_until(lambda: slots.choice()["slot"] == "b", 30)
        assert box.boot() == ("b", "kept")
        assert update()["state"] == "idle"
    else:
        slot, _ = box.boot()
        assert (slot, update()["state"]) in (("a", "failed"), ("b", "idle"))


def test_bad_bundles_change_nothing_that_boots(box, tenant):
    tenant()
    good = box.bundle().read_bytes()
    path = slots.BOX / "bad.bundle"
    slots.bundle_tool("key", slots.BOX / "other")
    flipped = bytearray(good)
    flipped[60] ^= 1
    spoiled = bytearray(good)
    spoiled[-100] ^= 1
    cases = {
        "foreign": (b"PK" + bytes(5000), "no update of Warren"),
        "signature": (bytes(flipped), "signature of the update is broken"),
        "other key": (box.bundle("other", key=slots.BOX / "other").read_bytes(), "does not trust"),
        "a piece": (bytes(spoiled), "update is damaged"),
        "cut off": (good[: len(good) // 2], "cut off"),
        "too large": (box.bundle("large", root=bytes(9 * slots.MIB)).read_bytes(), "too large for the slot"),
    }
    for name, (content, why) in cases.items():
        path.write_bytes(content)
        done = install(path)
        assert done.returncode == 1 and why in done.stderr, (name, done.stderr)
        assert update()["state"] == "idle", name
        with pytest.raises(Refused):
            warren("update", "reboot")
    assert slots.choice()["slot"] == "a" and slots.choice()["trial"] == "-"
    # What was half written can't be booted.
    assert (slots.BOX / "boot-b").read_bytes()[: slots.MIB] == bytes(slots.MIB)
    assert box.boot() == ("a", "kept")
    path.write_bytes(good)
    assert install(path).returncode == 0


def test_killed_while_it_comes_in(box, tenant):
    """An engine, and the process that writes: what is half there is begun anew."""
    tenant()
    content = box.bundle().read_bytes()
    for victim in ("warren-engine", "warren-update"):
        with Api() as api:
            part = base64.b64encode(content[:100000]).decode()
            said = api.ask("POST", "/update/install", {"offset": 0, "total": len(content), "content": part})
            assert said["status"] == 202, said
            assert said["body"]["state"] == "installing"
            assert len(hub.processes("warren-update")) == 1
            hub.kill(victim)
        assert hub.wait_until(hub.answers, 15)
        with Api() as api:
            said = api.ask("POST", "/update/install", {"offset": 100000, "total": len(content), "content": part})
            assert said["status"] == 409, said
        assert hub.wait_until(lambda: not hub.processes("warren-update"), 5)
        assert update()["state"] == "idle"
    assert install(slots.BOX / "good.bundle").returncode == 0 and box.holds("b")
