# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings changed by the API: in the file, with its comments, and in force; all of them or none."""

import contextlib
import pathlib
import shutil

import hub
import net
import pytest
from hub import Api, Refused, cli, warren

CONFIG = pathlib.Path("/etc/warren/warren.conf")


@pytest.fixture
def config(hub):
    """The file, with a line of a person's own; as it was at the end."""
    text = CONFIG.read_text()
    CONFIG.write_text(text.replace("[hub]\n", "[hub]\n# Ask Anna before you touch this.\n"))
    CONFIG.chmod(0o640)
    shutil.chown(CONFIG, group="warren-engine")
    yield CONFIG
    CONFIG.write_text(text)
    CONFIG.chmod(0o644)
    shutil.chown(CONFIG, group="root")
    hub.up()


def setting(name):
    return next(item for item in warren("settings", "list")["items"] if item["name"] == name)


def patch(values, query=None, headers=None):
    with Api() as api:
        return api.ask("PATCH", "/settings", {"values": values}, query=query, headers=headers)


def checked():
    return net.run("warrend", "--check", check=False).returncode == 0


def test_live_is_at_once_and_stays(config, tenant):
    acme = tenant()
    warren("peer", "add", acme.name, "laptop", "--client")
    before, count = config.read_text(), hub.audit_count()
    would = warren("settings", "set", "hub.public_name", "vpn.example.net", "--dry-run")
    assert would["changes"] == [{"field": "hub.public_name", "before": setting("hub.public_name")["value"], "after": "vpn.example.net"}]
    assert would["would"]["restart"] is None and "certificate" in would["would"]["notice"] and config.read_text() == before
    certificate = warren("tls", "show")
    answer = patch({"hub.public_name": "vpn.example.net", "hub.region": "Zürich"}, headers={"idempotency-key": "names"})
    assert answer["status"] == 200, answer
    # Whoever named it is in the middle of something: the web shows itself as before.
    assert warren("tls", "show") == certificate and "vpn.example.net" not in certificate["names"]
    assert [item["value"] for item in answer["body"]["items"]] == ["vpn.example.net", "Zürich"]
    assert "Endpoint = vpn.example.net:" in cli("profile", "show", acme.name, "laptop").stdout
    assert warren("status")["region"] == "Zürich"
    # Two lines are others, and nothing else.
    after = config.read_text()
    lines = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert [new for _, new in lines] == ["region = Zürich", "public_name = vpn.example.net"]
    assert "# Ask Anna" in after and config.stat().st_mode & 0o777 == 0o640 and config.group() == "warren-engine"
    assert checked() and not list(config.parent.glob("*.new"))
    # The same again is the same answer; it is in the audit once, and told as an event.
    assert patch({"hub.public_name": "vpn.example.net", "hub.region": "Zürich"}, headers={"idempotency-key": "names"})["body"] == answer["body"]
    entries = [entry for entry in warren("audit", "list", "--limit", 5)["items"] if entry["number"] > count]
    entries = [entry for entry in entries if entry["action"] == "settings.set"]
    assert len(entries) == 1 and entries[0]["after"] == {"hub.public_name": "vpn.example.net", "hub.region": "Zürich"}
    assert any(event["kind"] == "settings.reloaded" for event in warren("events")["items"])
    hub.stop()
    hub.start()
    assert setting("hub.region")["value"] == "Zürich" and hub.active(acme.name)
    assert "vpn.example.net" in warren("tls", "show")["names"]


def test_restart_is_said_and_waited_for(config):
    answer = warren("settings", "set", "web.address_connections", "100")
    item = answer["items"][0]
    assert (item["value"], item["pending"], item["effect"]) == ("512", "100", "restart")
    assert answer["restart"].startswith("web.address_connections takes effect when")
    assert "address_connections = 100\n" in config.read_text() and checked()
    assert setting("web.address_connections")["pending"] == "100"
    said = cli("settings", "set", "web.address_connections", "101").stdout
    assert "web.address_connections will be 101" in said and "restart" in said, said
    hub.up()
    assert (setting("web.address_connections")["value"], setting("web.address_connections")["pending"]) == ("101", None)


def test_wrong_values_change_nothing(config):
    text, count = config.read_text(), hub.audit_count()
    for values, field in [
        ({"hub.region": "a;b"}, "values.hub.region"),
        ({"hub.region": "x\n[web]\nenabled = no"}, "values.hub.region"),
        ({"hub.regoin": "eu"}, "values.hub.regoin"),
        ({"hub.region": "fine", "wireguard.mtu": "9"}, "values.wireguard.mtu"),
        ({"web.https_port": "80"}, "values.web.https_port"),
        ({"wireguard.ports": "10000-12000"}, "values.wireguard.ports"),
    ]:
        answer = patch(values)
        assert answer["status"] == 422 and [error["field"] for error in answer["body"]["errors"]] == [field], answer
    for words, status in [(["hub.region"], 2), ([], 2), (["hub.region", "a", "b"], 2), (["hub.regoin", "eu"], 1), (["hub.region", ""], 1)]:
        assert cli("settings", "set", *words).returncode == status, words
    assert config.read_text() == text and hub.audit_count() == count
    # A mistake by hand is for hands to mend.
    config.write_text(text + "[hub]\nnonsense = 1\n")
    answer = patch({"hub.region": "eu"})
    assert answer["status"] == 409 and "nonsense" in answer["body"]["detail"], answer
    config.write_text(text)


@contextlib.contextmanager
def _mounted(*words):
    net.run("mount", *words, CONFIG.parent)
    try:
        yield
    finally:
        net.run("umount", CONFIG.parent)


def _refused(status, reason):
    text, count, region = CONFIG.read_text(), hub.audit_count(), setting("hub.region")["value"]
    answer = patch({"hub.region": "elsewhere", "dns.servers": "9.9.9.9"})
    assert answer["status"] == status and reason in answer["body"]["detail"], answer
    assert CONFIG.read_text() == text and hub.audit_count() == count and setting("hub.region")["value"] == region
    assert not list(CONFIG.parent.glob("*.new")) and setting("hub.region")["pending"] is None
    with pytest.raises(Refused) as error:
        warren("settings", "set", "hub.region", "elsewhere")
    assert error.value.status == 1 and reason in error.value.text


def test_file_that_can_not_be_written(config):
    with _mounted("--bind", CONFIG.parent):
        net.run("mount", "-o", "remount,bind,ro", CONFIG.parent)
        _refused(500, "Read-only file system")
    whole = config.read_bytes()
    with _mounted("-t", "tmpfs", "-o", "size=64k,mode=755", "small"):
        config.write_bytes(whole)
        filler = config.parent / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        _refused(507, "No space left")
        filler.unlink()
        assert patch({"hub.region": "elsewhere"})["status"] == 200
        assert warren("status")["region"] == "elsewhere"
    assert config.read_bytes() == whole
