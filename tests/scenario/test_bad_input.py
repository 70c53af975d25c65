# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that a person can get wrong (bad_input.py), through the command line: refused by name, nothing changed."""

import pathlib
import re
import subprocess

import hub
import net
import pytest
from bad_input import CASES, CONFIG_CASES
from hub import Api, warren

CONFIG = pathlib.Path("/etc/warren/warren.conf")


def _all_there_is():
    with Api() as api:
        instances = api.ask("GET", "/instances")["body"]["items"]
        peers = [api.ask("GET", f"/instances/{each['id']}/peers")["body"]["items"] for each in instances]
        audit = api.ask("GET", "/audit", query={"limit": "1"})["body"]["items"]
    rows = [each for part in [instances, *peers] for each in part]
    return [(row["id"], row["name"], row["updated_at"]) for row in rows], audit[0]["number"]


@pytest.fixture(scope="module")
def scene(started_hub):
    """The hub that the cases assume, and what it has."""
    text = CONFIG.read_text()
    CONFIG.write_text(re.sub(r"(?m)^public_name =.*$", "public_name = vpn.example.net", text))
    if not started_hub.answers():
        started_hub.start()
    started_hub.reload()
    warren("instance", "add", "acme", "--hostname", "acme", "--network", "10.66.0.0/24")
    warren("instance", "add", "globex", "--hostname", "globex")
    warren("peer", "add", "acme", "branch", "--site", "--subnet", "192.168.88.0/25", "--enabled", "no")
    warren("peer", "add", "acme", "office", "--site", "--subnet", "192.168.88.0/24")
    warren("peer", "add", "acme", "laptop", "--client")
    yield _all_there_is()
    for name in ("acme", "globex"):
        warren("instance", "delete", name, "--yes")
    CONFIG.write_text(text)
    started_hub.reload()


def _name(value):
    text = " ".join(value[0]) if isinstance(value[0], list) else value[0].strip().splitlines()[-1]
    return re.sub(r"[^ -~]", "?", text)[:70]


def _lacks(text, wanted):
    return not any(word in text for word in ((wanted,) if isinstance(wanted, str) else wanted))


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_command(scene, case, tmp_path):
    arguments, status, wanted = case
    done = hub.cli(*arguments, cwd=tmp_path, stdin=subprocess.DEVNULL)
    text = done.stdout + done.stderr
    assert done.returncode == status, text
    assert not [each for each in wanted if _lacks(text, each)], text
    assert list(tmp_path.iterdir()) == []
    assert _all_there_is() == scene


@pytest.mark.parametrize("case", CONFIG_CASES, ids=_name)
def test_configuration(started_hub, case, tmp_path):
    text, line, wanted = case
    path = tmp_path / "warren.conf"
    path.write_text(text)
    done = net.run("warrend", "--config", path, "--check", check=False)
    complaint = done.stdout + done.stderr
    assert done.returncode not in (0, 2), complaint
    place = f"{path}:{line}: " if line else f"{path}: "
    assert [said for said in complaint.splitlines() if said.startswith(place)], complaint
    wanted = [wanted] if isinstance(wanted, str) else wanted
    assert not [each for each in wanted if _lacks(complaint, each)], complaint


def test_there_are_enough_cases():
    assert len(CASES) >= 150 and len(CONFIG_CASES) >= 20
