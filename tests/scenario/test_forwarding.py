# SPDX-License-Identifier: GPL-2.0-or-later
"""What the machine forwards besides the tenants' traffic goes on as it was before the hub came."""

import contextlib
import pathlib

import hub as hub_module
from net import run

FORWARDED = hub_module.RUN / "forwarded"
MARKS = hub_module.RUN / "namespaces"
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


@contextlib.contextmanager
def first_start(ipv4, ipv6):
    """As if no hub had run in this boot, on a machine that forwards so."""
    before = FORWARDED.read_text()
    hub_module.stop()
    FORWARDED.unlink()
    MARKS.rename(hub_module.RUN / "aside")
    run("sysctl", "-qw", *(f"{name}={value:d}" for name, value in zip(FORWARDING, (ipv4, ipv6))))
    hub_module.start()
    try:
        yield
    finally:
        hub_module.stop()
        run("bash", "-c", f"mv {hub_module.RUN}/aside/* {MARKS}/ 2>/dev/null; rm -rf {hub_module.RUN}/aside")
        FORWARDED.write_text(before)
        hub_module.start()


def says():
    told = hub_module.warren("status")["forward_other"]
    assert told["automatic"]
    return told["ipv4"], told["ipv6"]


def chain():
    return run("nft", "list", "chain", "inet", "warren", "forward").stdout


def on():
    return [run("sysctl", "-n", name).stdout.strip() for name in FORWARDING]


def test_forwarding_goes_on(hub):
    with first_start(ipv4=True, ipv6=False):
        assert says() == (True, False) and FORWARDED.read_text() == "ipv4"
        assert "policy accept" in chain() and "meta nfproto ipv6 drop" in chain()
        assert on() == ["1", "1"]
        assert "IPv4 let through, IPv6 dropped (auto: this machine forwarded" in hub.cli("status").stdout
        hub.stop()
        hub.start()
        assert says() == (True, False)


def test_machine_that_did_not_forward_is_no_router(hub):
    with first_start(ipv4=False, ipv6=False):
        assert says() == (False, False) and "policy drop" in chain() and on() == ["1", "1"]
        hub.stop()
        hub.start()
        assert says() == (False, False)
        hub.stop()
        FORWARDED.unlink()
        hub.start()
        assert says() == (False, False), "what a hub before turned on counts as nobody's"


def test_nothing_is_forwarded_when_the_rules_are_gone(hub):
    """The hub's own doing is undone, what the machine did before is not; and the next hub is not deceived."""
    for ipv4, left in ((False, ["0", "0"]), (True, ["1", "0"])):
        with first_start(ipv4=ipv4, ipv6=False):
            assert on() == ["1", "1"]
            run(hub.SOURCE / "hub/down")
            assert on() == ["1", "1"] and "policy" in chain()  # tunnels stay up
            run(hub.SOURCE / "hub/down", "--tunnels")
            assert on() == left and "table inet warren" not in run("nft", "list", "tables").stdout
            hub.start()
            assert says() == (ipv4, False) and on() == ["1", "1"]


def test_forwarding_stays_where_it_is_wanted(hub):
    config = pathlib.Path("/etc/warren/warren.conf")
    text = config.read_text()
    with first_start(ipv4=False, ipv6=False):
        try:
            config.write_text(text.replace("forward_other = auto", "forward_other = yes"))
            run(hub.SOURCE / "hub/down", "--tunnels")
            assert on() == ["1", "1"]
        finally:
            config.write_text(text)
            hub.start()
