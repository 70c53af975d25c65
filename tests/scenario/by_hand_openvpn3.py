# SPDX-License-Identifier: GPL-2.0-or-later
"""OpenVPN 3, which is what OpenVPN Connect is made of, imports profiles and connects with them. Debian has no package of
it: this is run by hand, with the path of its core's own client (`ovpncli`, built from its source):

    WARREN_OPENVPN3=/path/to/ovpncli tests/run scenario -- tests/scenario/by_hand_openvpn3.py
"""

import contextlib
import os
import subprocess

import net
import pytest
from hub import wait_until

CLIENT = os.environ["WARREN_OPENVPN3"]


@contextlib.contextmanager
def _connected(member, profile):
    """In the member's house, with no other OpenVPN; answers the house's ways by IPv4 and IPv6."""
    said = net.run(CLIENT, "--eval", profile).stdout
    assert "error=0" in said, said
    with open(profile.with_suffix(".log"), "w") as log:
        client = member.house.start(CLIENT, profile, stdout=log, stderr=subprocess.STDOUT)
    try:
        assert wait_until(lambda: member.show()["connected"], 15), profile.with_suffix(".log").read_text()
        yield [member.house.run("ip", family, "route").stdout for family in ("-4", "-6")]
    finally:
        client.terminate()
        client.wait()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("full", [False, True], ids=["split", "full"])
def test_imported_and_connected(tenant, tmp_path, transport, full):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24")
    options = ["--full-tunnel"] if full else []
    laptop = acme.client("laptop", "--protocol", "openvpn", *options, up=False)
    profile = tmp_path / "laptop.ovpn"
    other = {"udp": " tcp", "tcp": " udp"}[transport]
    lines = laptop.profile().splitlines()
    profile.write_text("\n".join(line for line in lines if not (line.startswith("remote ") and other in line)) + "\n")
    with _connected(laptop, profile) as (ipv4, ipv6):
        assert laptop.house.reaches(office.host.address)
        assert ("0.0.0.0/1" in ipv4) == full and ("192.168.10.0/24" in ipv4) != full
        assert ("8000::/1" in ipv6) == full
    assert wait_until(lambda: not laptop.show()["connected"], 15)
