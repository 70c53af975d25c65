# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel's WireGuard makes of Warren, in this order: the parts, the whole, what the kernel says of it."""

import json
import os
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
# Whose subject is what a kernel does.
UNIT_TESTS = ("fast_path", "nft_base", "openvpn_peers", "rule_table", "wireguard_device", "wireguard_kernel", "workers")


def _unit_test(name):
    """Its command, and what it wants of the environment."""
    said = subprocess.run(["meson", "introspect", "--tests", BUILD], check=True, text=True, stdout=subprocess.PIPE).stdout
    test = next(test for test in json.loads(said) if test["name"] == f"tunnel/{name}")
    return test["cmd"], test["env"]


def _told(suite):
    """How long the scenarios took, and which took longest."""
    seconds = {case.get("name"): float(case.get("time")) for case in suite.iter("testcase")}
    longest = sorted(seconds, key=seconds.get, reverse=True)[:8]
    lines = [f"{len(seconds)} scenarios in {float(suite.get('time')):.0f} s; the longest:"]
    return "\n".join(lines + [f"  {seconds[name]:4.0f} s  {name}" for name in longest])


@pytest.mark.ci
def test_link_is_in_a_namespace_and_its_socket_outside(guest):
    assert guest.kernel.startswith("6.12.")
    port = "ss -Hlun sport = :51999"
    guest.shell("ip netns add far && ip link add wgfar netns far type wireguard")
    assert guest.shell(port).output == ""
    guest.shell("ip netns exec far wg set wgfar listen-port 51999 && ip -n far link set wgfar up")
    assert "51999" in guest.shell(port).output
    assert guest.shell(f"ip netns exec far {port}").output == ""
    guest.shell("ip -n far link delete wgfar && ip netns delete far")


@pytest.mark.ci
@pytest.mark.parametrize("name", UNIT_TESTS)
def test_unit(guest, name):
    command, environment = _unit_test(name)
    done = guest.run("env", f"--chdir={BUILD}", *command, environment={**environment, **KERNEL}, patience=600, check=False)
    assert done.status == 0, done.output
    assert re.search(r"\[  PASSED  \] [1-9]\d* test", done.output) and "SKIPPED" not in done.output, done.output


def _in_world(guest, *command, environment, **options):
    """As tests/run does it: in the source tree, in a world of its own."""
    return guest.run(
        "env", f"--chdir={root.SOURCE}", *scenario.WORLD, "tests/scenario/world", *command,
        environment={**KERNEL, "WARREN_BUILD": str(BUILD), **environment}, check=False, **options,
    )  # fmt: skip


def test_scenarios(guest, measured):
    report = "/tmp/scenario.xml"
    chosen = os.environ.get("WARREN_SCENARIOS")
    done = _in_world(
        guest, *scenario.PYTEST, f"--junitxml={report}", "-m", "kernel", *(["-k", chosen] if chosen else []),
        "tests/scenario", environment={"WARREN_SLOW": str(SLOW)}, patience=4 * 3600, show=True,
    )  # fmt: skip
    text = guest.run("cat", report).output
    (root.KEPT / "scenario.xml").write_text(text)
    suite = xml.etree.ElementTree.fromstring(text).find("testsuite")
    measured(_told(suite))
    assert done.status == 0 and int(suite.get("tests")) > 0 and suite.get("skipped") == "0"


@pytest.mark.ci
def test_sandboxes_have_what_the_kernel_has(guest):
    """A scenario compares each role's with this; here it must be all there is."""
    version = guest.run("/usr/bin/python3", "-c", "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))")
    assert int(version.output) >= 6, "Landlock with scopes"


@pytest.mark.ci
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


@pytest.mark.parametrize("name", ["firewall/firewall_bench", "hub/mapped_bench"])
def test_throughput(counted_guest, measured, name):
    """The same: whether all was measured, not how much it was. A megabyte costs so many instructions, at both ends and
    in the middle."""
    done = _in_world(counted_guest, "/usr/bin/python3", "-B", f"tests/bench/{name}.py",
                     environment={"BENCH_ROUNDS": "3", "BENCH_SECONDS": "0.5"}, patience=1800)  # fmt: skip
    measured(done.output)
    assert "at least" in done.output and "Traceback" not in done.output, done.output
