# SPDX-License-Identifier: GPL-2.0-or-later
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import hub as hub_module  # noqa: E402
from net import Internet  # noqa: E402
from tenant import Tenant  # noqa: E402


# What the sanitizers, the sandboxes, the C library and the hub's own checks say when something is wrong inside.
COMPLAINTS = (
    "Sanitizer", "runtime error:", "Assertion", "stack smashing", "signal 6", "signal 11", "signal 31",
    "not as the API's tables say",
)  # fmt: skip
os.environ["WARREN_CHECK_ANSWERS"] = "log"


@pytest.fixture(scope="session")
def internet():
    return Internet()


@pytest.fixture(scope="session")
def started_hub(internet):
    hub_module.up()
    assert hub_module.backend() == os.environ.get("WARREN_BACKEND", hub_module.backend())
    yield hub_module
    hub_module.down("--tunnels")
    complaints = [line for line in hub_module.log_lines() if any(word in line for word in COMPLAINTS)]
    assert not complaints, "\n".join(complaints[:40])


def _have_it_run():
    if not hub_module.answers():
        hub_module.kill()
        hub_module.start()


@pytest.fixture
def hub(started_hub):
    """A hub that runs, whatever the scenario before did to it."""
    _have_it_run()
    yield started_hub
    _have_it_run()


@pytest.fixture
def tenant(hub, internet):
    """Makes tenants, and takes them away again."""
    made = []

    def make(*options, name=None):
        made.append(Tenant(internet, *options, name=name))
        return made[-1]

    yield make
    _have_it_run()
    for each in made:
        each.close()


_measured = []


@pytest.fixture
def measured(request):
    """Keeps a figure for the summary, also of a scenario that passes."""
    return lambda text: _measured.append(f"{request.node.name}: {text}")


def pytest_terminal_summary(terminalreporter):
    for line in _measured:
        terminalreporter.write_line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and call.when != "teardown":
        report.sections.append(("warren.log", hub_module.log_tail()))
