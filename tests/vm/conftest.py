# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "runner")]

from guest import COUNTED, Guest  # noqa: E402
from machine import Image  # noqa: E402

BUILD = pathlib.Path(os.environ["WARREN_BUILD"])


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left():
    """Of what was begun here: no process, no network namespace."""
    yield
    children = [child for task in pathlib.Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]
    assert [pathlib.Path(f"/proc/{child}/cmdline").read_text() for child in children] == []
    assert not pathlib.Path(f"/run/netns/warren-vm-{os.getpid()}").exists()


@pytest.fixture(scope="session")
def guest(nothing_is_left):
    with contextlib.closing(Guest(BUILD)) as running:
        yield running


@pytest.fixture(scope="session")
def image(nothing_is_left):
    return Image().prepare()


@pytest.fixture
def fresh_guest():
    """For what leaves a kernel busy or full."""
    with contextlib.closing(Guest(BUILD)) as running:
        yield running


@pytest.fixture
def counted_guest():
    """For ratios."""
    with contextlib.closing(Guest(BUILD, processors=COUNTED)) as running:
        yield running


_measured = []


@pytest.fixture
def measured(request):
    """Keeps figures for the summary, also of a test that passes."""
    return lambda text: _measured.append(f"{request.node.name}:\n{text.rstrip()}")


def pytest_terminal_summary(terminalreporter):
    for text in _measured:
        terminalreporter.write_line(text)
