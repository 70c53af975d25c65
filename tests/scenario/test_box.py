# SPDX-License-Identifier: GPL-2.0-or-later
"""What the API says of the machine, and what it is asked for, where it is Warren's own image: told by a file, asked by
another. The units that read and write them are tested with the image itself."""

import pathlib

import pytest
from hub import STATE, Refused, audit_count, warren

FACTS = pathlib.Path("/etc/warren/box.facts")


def wishes():
    return [path.name for path in pathlib.Path(STATE).glob("wish.*")]


@pytest.fixture
def appliance(hub):
    FACTS.write_text("slot=b\nboot=trial\nseed=NoCloud\nproblem=data: the partition is full\nboot=nonsense\nother=x\n")
    yield
    FACTS.unlink()


def test_another_machine_is_left_alone(hub):
    assert warren("box", "show") == {"appliance": False, "slot": None, "boot": None, "seed": None, "problems": []}
    with pytest.raises(Refused) as refused:
        warren("box", "wish", "restart")
    assert "not Warren's own" in refused.value.text
    assert wishes() == []


def test_box_tells_and_does(appliance):
    assert warren("box", "show") == {
        "appliance": True, "slot": "b", "boot": "trial", "seed": "NoCloud",
        "problems": ["data: the partition is full"],
    }  # fmt: skip
    before = audit_count()
    with pytest.raises(Refused) as refused:
        warren("box", "wish", "factory-reset")
    assert "delete everything" in refused.value.text
    warren("box", "wish", "restart", "--dry-run")
    assert wishes() == [] and audit_count() == before
    warren("box", "wish", "factory-reset", "--confirm", "delete everything")
    assert wishes() == ["wish.factory-reset"]
    assert audit_count() == before + 1
    (pathlib.Path(STATE) / "wish.factory-reset").unlink()
