# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may come over OpenVPN and how, and what ends it: beside what test_openvpn.py shows of traffic and kills."""

import base64
import itertools
import re
import ssl
import time
import urllib.error
import urllib.request

import hub
import net
import pytest
import tcp
from cryptography.hazmat.primitives import serialization
from hub import Refused, warren
from pinger import Pinger

OPENVPN = ("--protocol", "openvpn")
PROTOCOLS = {"wireguard": (), "openvpn": OPENVPN}


# ---- what ends it ----


def _disable(laptop):
    laptop.do("disable")


def _delete(laptop):
    warren("peer", "delete", laptop.tenant.name, "laptop", "--yes")


def _rekey(laptop):
    laptop.do("rekey")


def _user_out(laptop):
    warren("user", "disable", laptop.show()["user"])


@pytest.mark.kernel
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("verb", [_disable, _delete, _rekey, _user_out], ids=lambda verb: verb.__name__[1:])
def test_a_running_transfer_is_cut_within_a_second(tenant, protocol, verb):
    acme = tenant()
    anna = acme.user(f"anna{acme.number}")
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop", "--user", anna["name"], *PROTOCOLS[protocol])
    # So that the server stays, whoever is deleted.
    warren("peer", "add", acme.name, "other", "--client", *PROTOCOLS[protocol])
    assert laptop.house.reaches(office.host.address)
    office.host.count_packets("stream", "tcp", "dport", str(tcp.PORT))
    laptop.house.count_packets("back", "tcp", "sport", str(tcp.PORT))
    stream = tcp.Stream(laptop.house, office.host, office.host.address, 1 << 30, 0.02)
    try:
        assert hub.wait_until(lambda: office.host.counted("stream") > 200, 10)
        began = time.monotonic()
        verb(laptop)
        time.sleep(max(0.0, began + 1 * net.SLOW - time.monotonic()))
        at_once = office.host.counted("stream"), laptop.house.counted("back")
        time.sleep(1.5)
        assert (office.host.counted("stream"), laptop.house.counted("back")) == at_once
    finally:
        stream.process.kill()
        stream.listener.process.kill()
        office.host.uncount()
        laptop.house.uncount()
    assert laptop.house.pings(office.host.address) == 0
    if protocol == "openvpn":
        assert hub.wait_until(lambda: "AUTH_FAILED" in laptop.device.log(), 10), laptop.device.log()


def test_a_session_ends_with_the_peers_time(tenant):
    """Not the traffic alone: OpenVPN itself is told, and whoever asks again is refused."""
    acme = tenant()
    guest = acme.client("guest", "--expires", f"{6 * net.SLOW:.0f}s", *OPENVPN)
    assert guest.house.reaches(acme.instance["hub_addresses"][0])
    assert hub.wait_until(lambda: "AUTH_FAILED" in guest.device.log(), 20), guest.device.log()
    assert hub.wait_until(lambda: guest.show()["expired"] and not guest.show()["connected"], 5), guest.show()


# ---- pairs ----


@pytest.mark.core
@pytest.mark.kernel
def test_no_pair_loses_a_ping_to_a_kill(tenant):
    """Each kind of client to each kind of site, and sites and clients among each other, all at once."""
    acme = tenant("--client-to-client", "yes")
    sites = {name: acme.site(f"s-{name}", f"192.168.{10 + number}.0/24", options=words, up=False)
             for number, (name, words) in enumerate(PROTOCOLS.items())}  # fmt: skip
    clients = {name: acme.client(f"c-{name}", *words, up=False) for name, words in PROTOCOLS.items()}
    acme.take_profiles()
    ways = [(client.house, site.host.address) for client, site in itertools.product(clients.values(), sites.values())]
    ways += [(site.host, client.address) for client, site in itertools.product(clients.values(), sites.values())]
    ways += [(here.host, there.host.address) for here, there in itertools.permutations(sites.values(), 2)]
    ways += [(here.house, there.address) for here, there in itertools.permutations(clients.values(), 2)]
    assert len(ways) == 12
    for source, target in ways:
        assert source.reaches(target, within=10)
    pingers = [Pinger(source, target) for source, target in ways]
    time.sleep(0.3)
    for role in ("warren-net", "warren-engine", "warrend"):
        assert hub.kill(role)
        if role == "warrend":
            assert hub.wait_until(lambda: not hub.processes(), 5)
            hub.start()
        assert hub.wait_until(hub.answers, 20) and hub.active(acme.name), hub.log_tail()
        time.sleep(1)
    for pinger in pingers:
        pinger.stop()
    assert [pinger.lost for pinger in pingers] == [0] * len(ways), pingers
    assert min(pinger.sent for pinger in pingers) > 60


# ---- what is spoken ----


def _is_let_in(laptop, *options, within=8):
    laptop.device.up(laptop.profile(), *options, within=0)
    return laptop.device.initialised(within)


def test_ciphers_and_versions(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN, up=False)
    address = acme.instance["hub_addresses"][0]
    for options, cipher, version in (
        ([], "AES-256-GCM", "TLSv1.3"),
        (["--data-ciphers", "CHACHA20-POLY1305"], "CHACHA20-POLY1305", "TLSv1.3"),
        (["--tls-version-max", "1.2"], "AES-256-GCM", "TLSv1.2"),
    ):
        assert _is_let_in(laptop, *options), laptop.device.log()
        assert f"Data Channel: cipher '{cipher}'" in laptop.device.log(), laptop.device.log()
        assert f"Control Channel: {version}" in laptop.device.log(), laptop.device.log()
        assert laptop.house.reaches(address)
    for options in (
        ["--data-ciphers", "AES-128-GCM"],
        ["--data-ciphers", "AES-256-CBC"],
        ["--tls-version-min", "1.0", "--tls-version-max", "1.1", "--tls-cert-profile", "insecure"],
    ):
        assert not _is_let_in(laptop, *options, within=5), laptop.device.log()
        assert laptop.house.pings(address, 1) == 0
    assert _is_let_in(laptop), laptop.device.log()


def _listens(acme, port, protocol):
    """Does a server of the instance?"""
    word = "-Hltn" if protocol == "tcp" else "-Hlun"
    return bool(net.run("ip", "netns", "exec", acme.namespace, "ss", word, f"sport = :{port}").stdout)


def test_a_transport_is_there_when_it_is_on(tenant):
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    port = acme.show()["openvpn"]["port"]
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address) and _listens(acme, port, "udp") and _listens(acme, port, "tcp")
    for on, off in (("tcp", "udp"), ("udp", "tcp")):
        warren("instance", "set", acme.name, "--openvpn", on)
        assert hub.wait_until(lambda: _listens(acme, port, on) and not _listens(acme, port, off), 20), acme.show()
        profile = laptop.profile()
        assert f"{port} {on}\n" in profile and f"{port} {off}\n" not in profile
        laptop.device.up(profile)
        assert laptop.house.reaches(address)
    assert not warren("profile", "show", acme.name, "laptop")["warnings"]
    warren("instance", "set", acme.name, "--openvpn", "none")
    shown = warren("profile", "show", acme.name, "laptop")
    assert "\nremote " not in shown["content"] and any("are off" in each for each in shown["warnings"]), shown["warnings"]


def _words(script):
    return {key: value.strip('"') for key, value in (word.split("=", 1) for word in script.split() if "=" in word)}


def test_routers_have_a_server_of_their_own(tenant):
    """It is there with the first peer that needs it and gone with the last, and speaks GCM too."""
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    ports = acme.show()["openvpn"]
    assert ports["legacy_port"] not in (0, ports["port"])
    assert not _listens(acme, ports["legacy_port"], "tcp")
    office = acme.site("office", "192.168.10.0/24", options=(*OPENVPN, "--login", "password"), up=False)
    assert hub.wait_until(lambda: _listens(acme, ports["legacy_port"], "tcp"), 15), acme.show()
    script = office.profile("--format", "routeros")
    text = script.replace("\\0A", "\n")
    authority = text[text.index("-----BEGIN") : text.index("-----END CERTIFICATE-----") + 25]
    secret = office.device.file.parent / "login"
    secret.write_text(f"{_words(script)['user']}\n{_words(script)['password']}\n")
    way = f"client\nremote {net.HUB4} {ports['legacy_port']} tcp-client\nproto tcp-client\nauth-user-pass {secret}\n<ca>\n{authority}\n</ca>\nverb 3\n"
    for cipher in ("AES-256-GCM", "AES-256-CBC"):
        office.device.up(f"{way}data-ciphers {cipher}\ncipher {cipher}\nauth SHA1\n")
        assert f"cipher '{cipher}'" in office.device.log(), office.device.log()
        laptop.take_profile()
        assert laptop.house.reaches(office.host.address)
    office.device.down()
    warren("peer", "delete", acme.name, "office", "--yes")
    acme.members.remove(office)
    office.device.house.close()
    office.host.close()
    assert hub.wait_until(lambda: not _listens(acme, ports["legacy_port"], "tcp"), 15), acme.show()
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])


# ---- what is kept ----


def _at_rest():
    """All that the hub has on disk and in its run directory, but for the key that seals."""
    roots = (hub.STATE, hub.RUN, hub.pathlib.Path("/etc/warren"))
    return {path: path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file() and path.name != "seal.key"}


def test_secrets_are_sealed_at_rest(tenant):
    """Keys of peers, of the authority and the servers, of tls-crypt, passwords: in no file, in no form."""
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN)
    office = acme.site("office", "192.168.10.0/24", options=(*OPENVPN, "--login", "password"), up=False)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    profile = laptop.profile()
    der = ssl.PEM_cert_to_DER_cert
    pem = re.search(r"<key>\n(.*?)</key>", profile, re.S)[1]
    scalar = serialization.load_pem_private_key(pem.encode(), None).private_numbers().private_value.to_bytes(32, "big")
    wrapped = re.search(r"client key-----\n(.*?)\n-----END", profile, re.S)[1]
    password = _words(office.profile("--format", "routeros"))["password"]
    # Of tls-crypt's what the client alone has.
    secrets = {"key": scalar, "its text": pem.splitlines()[2].encode(), "tls-crypt": base64.b64decode(wrapped)[:256],
               "the text of that": wrapped.splitlines()[0].encode(), "password": password.encode()}  # fmt: skip
    certificate = der(re.search(r"<cert>\n(.*?)</cert>", profile, re.S)[1])
    files = _at_rest()
    assert any(certificate in data for data in files.values()), "what is no secret is there to be found"
    for name, secret in secrets.items():
        assert not [path for path, data in files.items() if secret in data], name
    # Nor has any key, of the authority or a server, the form of one.
    head = base64.b64decode("".join(pem.splitlines()[1:-1]))[3:26]
    assert b"\x2a\x86\x48\xce\x3d\x02\x01" in head
    assert not [path for path, data in files.items() if head in data]
    # No scripts, no files for clients: a server's whole configuration came by a descriptor.
    assert not [path for path in files if path.suffix in (".conf", ".ccd", ".sh", ".key", ".pem") and "openvpn" in str(path)]
    inside = net.run("ip", "netns", "pids", acme.namespace).stdout.split()
    for pid, (_, words) in hub.processes("openvpn").items():
        if str(pid) in inside:
            assert not [word for word in words if "ccd" in word or "script" in word or password in word], words


# ---- what a camera sees ----


def test_a_code_holds_a_link_that_an_app_imports(tenant, tmp_path):
    """An .ovpn is larger than a code: it leads to the file, for the app to fetch."""
    acme = tenant()
    laptop = acme.client("laptop", *OPENVPN, up=False)
    picture = tmp_path / "laptop.png"
    laptop.profile("--qr", "png", "-o", picture)
    decoded = net.run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "--oneshot", picture).stdout.strip()
    url = decoded.removeprefix("openvpn://import-profile/")
    assert url != decoded and url.startswith(f"https://{net.HUB4}/get/") and url.endswith(".ovpn"), decoded
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(url.replace(net.HUB4, "127.0.0.1"), context=context, timeout=20) as answer:
        text = answer.read().decode()
    laptop.device.up(text)
    assert laptop.house.reaches(acme.instance["hub_addresses"][0])
    # The next code ends it.
    laptop.profile("--qr", "png", "--force", "-o", picture)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(url.replace(net.HUB4, "127.0.0.1"), context=context, timeout=20)


def test_sites_have_no_code(tenant):
    acme = tenant()
    office = acme.site("office", "192.168.10.0/24", options=(*OPENVPN, "--login", "password"), up=False)
    with pytest.raises(Refused):
        office.profile("--qr", "ansi")
