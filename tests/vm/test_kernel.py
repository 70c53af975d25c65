# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel's WireGuard makes of Warren, in this order: the parts, the whole, what the kernel says of it."""

import json
import re
import subprocess
import xml.etree.ElementTree

import pytest
import root
import scenario
from conftest import BUILD

KERNEL = {"WARREN_BACKEND": "kernel"}
# It is emulated.
SLOW = 4
SCENARIOS = "(core or kernel) and not profile"


def _unit_tests():
    said = subprocess.run(["meson", "introspect", "--tests", BUILD], check=True, text=True, stdout=subprocess.PIPE).stdout
    return {test["name"]: test["cmd"] for test in json.loads(said) if test["name"].startswith("tunnel/")}


UNIT_TESTS = _unit_tests()


def test_link_is_in_a_namespace_and_its_socket_outside(guest):
    assert guest.kernel.startswith("6.12.")
    port = "ss -Hlun sport = :51999"
    guest.shell("ip netns add far && ip link add wgfar netns far type wireguard")
    assert guest.shell(port).output == ""
    guest.shell("ip netns exec far wg set wgfar listen-port 51999 && ip -n far link set wgfar up")
    assert "51999" in guest.shell(port).output
    assert guest.shell(f"ip netns exec far {port}").output == ""
    guest.shell("ip -n far link delete wgfar && ip netns delete far")


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_unit(guest, name):
    done = guest.run("env", f"--chdir={BUILD}", *UNIT_TESTS[name], environment=KERNEL, patience=400, check=False)
    assert done.status == 0, done.output
    assert re.search(r"\[  PASSED  \] [1-9]\d* test", done.output) and "SKIPPED" not in done.output, done.output


def test_scenarios(guest):
    report = "/tmp/scenario.xml"
    done = guest.run(
        "env", f"--chdir={root.SOURCE}", *scenario.WORLD, "tests/scenario/world", *scenario.PYTEST,
        f"--junitxml={report}", "-m", SCENARIOS, "tests/scenario",
        environment={**KERNEL, "WARREN_SLOW": str(SLOW), "WARREN_BUILD": str(BUILD)},
        patience=1200, show=True, check=False,
    )  # fmt: skip
    text = guest.run("cat", report).output
    (root.KEPT / "scenario.xml").write_text(text)
    suite = xml.etree.ElementTree.fromstring(text).find("testsuite")
    assert done.status == 0 and int(suite.get("tests")) > 0 and suite.get("skipped") == "0"


def test_sandboxes_have_what_the_kernel_has(guest):
    """A scenario compares each role's with this; here it must be all there is."""
    version = guest.run("/usr/bin/python3", "-c", "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))")
    assert int(version.output) >= 6, "Landlock with scopes"


def test_kernel_has_nothing_to_complain_of(guest):
    killed = "audit: type=1326"
    log = guest.run("dmesg").output
    bad = [line for line in log.splitlines() if re.search(rf"{killed}|BUG:|WARNING:|Oops|Call Trace|segfault", line)]
    assert not bad, "\n".join(bad)
    # It would have said so.
    strict = "import ctypes, os; ctypes.CDLL(None).prctl(22, 1); os.getppid()"
    assert guest.run("/usr/bin/python3", "-c", strict, check=False).status == -9
    assert killed in guest.run("dmesg").output


@pytest.mark.parametrize("name", ["wireguard_apply", "worker_apply"])
def test_measure(fresh_guest, measured, name):
    """Figures, and that what was applied stands; how quickly is for people to judge."""
    words = {"worker_apply": [BUILD / "tunnel/warren-net"]}.get(name, [])
    done = fresh_guest.run(BUILD / "tests/bench/tunnel" / name, *words, environment=KERNEL, patience=400)
    measured(done.output)
