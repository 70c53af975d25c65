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


@pytest.fixture(scope="session")
def guest():
    with contextlib.closing(Guest(BUILD)) as running:
        yield running


@pytest.fixture(scope="session")
def image():
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
