# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles as files and pictures, read back by others' programs."""

import ipaddress
import json
import os
import pathlib
import re
import stat
import xml.etree.ElementTree

import hub
import net
import pytest
from hub import warren


def _allowed(profile):
    return [ipaddress.ip_network(word.strip()) for word in re.search(r"AllowedIPs = (.*)", profile)[1].split(",")]


@pytest.mark.core
def test_qr_png_is_the_profile(tenant, tmp_path):
    acme = tenant()
    laptop = acme.client("laptop", "--full-tunnel", up=False)
    picture = tmp_path / "laptop.png"
    laptop.profile("--qr", "png", "-o", picture)
    decoded = net.run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "--oneshot", picture).stdout
    assert decoded.removesuffix("\n") == laptop.profile().removesuffix("\n")
    assert "PrivateKey = " in decoded
    laptop.device.up(decoded)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])


def test_qr_as_text_and_svg(tenant):
    acme = tenant()
    laptop = acme.client("laptop", up=False)
    text = laptop.profile("--qr", "ansi")
    assert len(text.splitlines()) > 20 and ("█" in text or "▀" in text)
    svg = xml.etree.ElementTree.fromstring(laptop.profile("--qr", "svg"))
    assert svg.tag.endswith("svg") and len(list(svg.iter())) > 1


def test_qr_that_cannot_fit_says_so(tenant, tmp_path):
    acme = tenant()
    laptop = acme.client("laptop", up=False)
    for number in range(5):
        subnets = [word for part in range(60) for word in ("--subnet", f"10.{number}.{2 * part}.0/24")]
        warren("peer", "add", acme.name, f"site{number}", "--site", *subnets)
    assert "AllowedIPs" in laptop.profile()
    with pytest.raises(hub.Refused) as refused:
        laptop.profile("--qr", "png", "-o", tmp_path / "laptop.png")
    assert refused.value.status == 1 and "--qr" in refused.value.text and "2953" in refused.value.text


def test_file_is_for_its_owner_alone(tenant, tmp_path):
    acme = tenant()
    laptop = acme.client("laptop", up=False)
    path = tmp_path / "laptop.conf"
    laptop.profile("-o", path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert path.read_text() == laptop.profile()


def test_networks_of_a_split_tunnel(tenant):
    acme = tenant("--network", "10.99.0.0/24", "--push", "203.0.113.0/24")
    acme.site("one", "192.168.0.0/25", up=False)
    acme.site("two", "192.168.0.128/25", "fd99:1::/64", up=False)
    profile = acme.client("laptop", up=False).profile()
    inside = {ipaddress.ip_network(network) for network in acme.instance["networks"]}
    assert set(_allowed(profile)) == inside | {
        ipaddress.ip_network("203.0.113.0/24"),
        ipaddress.ip_network("192.168.0.0/24"),
        ipaddress.ip_network("fd99:1::/64"),
    }


def test_exclude_leaves_a_network_out(tenant, internet):
    acme = tenant()
    phone = acme.client("phone", "--full-tunnel", up=False)
    assert _allowed(phone.profile()) == [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    profile = phone.profile("--exclude", "203.0.113.0/24")
    excluded = ipaddress.ip_network("203.0.113.0/24")
    allowed = [network for network in _allowed(profile) if network.version == 4]
    assert not any(network.overlaps(excluded) for network in allowed)
    assert sum(network.num_addresses for network in allowed) == 2**32 - 256
    internet.server.count_packets("hub4", "ip", "saddr", net.HUB4, "icmp", "type", "echo-request")
    try:
        phone.device.up(profile)
        assert phone.house.reaches(net.SERVER4)
        assert internet.server.counted("hub4") == 0
        phone.take_profile()
        assert phone.house.reaches(net.SERVER4)
        assert internet.server.counted("hub4") > 0
    finally:
        internet.server.uncount()


def test_routeros_script_for_a_site(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24", up=False)
    script = office.profile("--format", "routeros")
    assert "/interface/wireguard" in script.replace(" ", "/")
    assert office.addresses[0] in script and acme.instance["wireguard"]["public_key"] in script
    with pytest.raises(hub.Refused):
        acme.client("laptop", up=False).profile("--format", "routeros")


@pytest.mark.parametrize("tunnel", [(), ("--full-tunnel",)], ids=["split", "full"])
def test_network_manager_imports_an_ovpn(tenant, tmp_path, tunnel):
    """By its own plugin, which refuses what is no profile."""
    acme = tenant()
    laptop = acme.client("laptop", "--protocol", "openvpn", *tunnel, up=False)
    file = tmp_path / "laptop.ovpn"
    laptop.profile("-o", file)
    [plugin] = hub.BUILD.glob("unpacked/network-manager-openvpn/usr/lib/*/NetworkManager/libnm-vpn-plugin-openvpn.so")
    command = ["/usr/bin/python3", hub.SOURCE / "tests/scenario/network_manager.py", plugin]
    environment = {**os.environ, "HOME": str(tmp_path)}
    kept = json.loads(net.run(*command, file, env=environment).stdout)
    written = laptop.profile()
    assert kept["connection-type"] == "tls" and kept["remote-cert-tls"] == "server"
    assert kept["verify-x509-name"] == f"name:{re.search('verify-x509-name .(.*). name', written)[1]}"
    assert kept["remote"] == ", ".join(":".join(way) for way in re.findall(r"(?m)^remote (\S+) (\d+) (\w+)$", written))
    for kind in ("ca", "cert", "key", "tls-crypt-v2"):
        inline = re.search(f"<{kind}>\\n(.*?)\\n</{kind}>", written, re.DOTALL)[1]
        assert pathlib.Path(kept[kind]).read_text().strip() == inline
    file.write_text(written.replace("remote-cert-tls server", "remote-cert-tls nobody"))
    assert net.run(*command, file, env=environment, check=False).returncode != 0


def test_secrets_stay_out_of_answers_and_logs(tenant):
    acme = tenant()
    laptop = acme.client("laptop")
    secrets = re.findall(r"(?:PrivateKey|PresharedKey) = (\S+)", laptop.profile())
    assert len(secrets) == 2
    said = [
        hub.cli("peer", "show", acme.name, "laptop", "--json").stdout,
        hub.cli("audit", "list", "--json").stdout,
        hub.cli("status", "--json").stdout,
        hub.log_tail(100000),
    ]
    for secret in secrets:
        assert not any(secret in text for text in said)
        assert secret.encode() not in (hub.STATE / "warren.db").read_bytes()
