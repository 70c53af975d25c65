# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios' hub and devices, and its owner."""

import importlib.util
import pathlib
import sys

import pytest

SCENARIO = pathlib.Path(__file__).resolve().parents[1] / "scenario"
# This folder first: both have a browser.py.
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(SCENARIO)]

_spec = importlib.util.spec_from_file_location("scenario_conftest", SCENARIO / "conftest.py")
_scenario = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_scenario)

internet = _scenario.internet
started_hub = _scenario.started_hub
hub = _scenario.hub
tenant = _scenario.tenant
measured = _scenario.measured
pytest_terminal_summary = _scenario.pytest_terminal_summary
pytest_runtest_makereport = _scenario.pytest_runtest_makereport


@pytest.fixture
def owner(hub):
    """Who may do everything: made here unless the wizard did it."""
    from browser import OWNER

    if hub.warren("setup", "show")["needed"]:
        with hub.Api() as api:
            answer = api.ask("POST", "/admins", {**OWNER, "role": "owner"}, checked=False)
            assert answer["status"] == 201, answer
    return OWNER


@pytest.fixture
def box(hub):
    """The machine has two slots; and may say that it runs from an image."""
    import slots

    facts = pathlib.Path("/etc/warren/box.facts")

    class Appliance(slots.Box):
        def become_appliance(self):
            facts.write_text("slot=a\nboot=kept\nseed=NoCloud\n")
            return {}

    made = Appliance()
    yield made
    made.close()
    facts.unlink(missing_ok=True)
    (hub.STATE / "wish.restart").unlink(missing_ok=True)


def pytest_collection_modifyitems(items):
    """A hub has its first start once: before all others."""
    items.sort(key=lambda item: "first_start" not in item.name)
