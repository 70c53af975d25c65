# SPDX-License-Identifier: GPL-2.0-or-later
"""hub/up and hub/down as an admin meets them, and the README's tour word for word."""

import hashlib
import pathlib
import re

import hub
import net
import web_client
from hub import SOURCE
from pinger import Pinger

CONFIG = pathlib.Path("/etc/warren/warren.conf")
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def _up(*words, check=False):
    return net.run(SOURCE / "hub/up", *words, check=check)


def test_configuration_is_found_out(hub):
    text = CONFIG.read_text()
    assert f"public_name = {net.HUB4}\n" in text and f"public_addresses = {net.HUB4}, {net.HUB6}\n" in text
    assert "region = world\n" in text
    assert len(re.findall(r"^#", text, re.M)) >= len(re.findall(r"^\w+ =", text, re.M))


def test_nothing_is_built_where_no_address_is_found(hub, tmp_path, monkeypatch):
    text = CONFIG.read_text()
    monkeypatch.setenv("WARREN_BUILD", str(tmp_path))
    CONFIG.unlink()
    try:
        done = net.run("unshare", "--net", SOURCE / "hub/up", check=False)
        assert done.returncode == 1 and "no default route" in done.stderr, done.stderr
        assert not CONFIG.exists() and not list(tmp_path.iterdir())
    finally:
        CONFIG.write_text(text)


def _start_anew(hub):
    """Without an owner, as on a machine that had no hub."""
    net.run("bash", "-c", f"rm -rf {hub.STATE}/*")
    hub.start()


def test_it_says_where_the_page_is_and_how_to_begin(hub):
    """The fingerprint is that of what a browser is shown, and the link is the one that makes the first owner."""
    with hub.state_aside():
        _start_anew(hub)
        said = _up(check=True).stdout
        with web_client.Client() as client:
            digest = hashlib.sha256(client.socket.getpeercert(True)).hexdigest().upper()
        fingerprint = ":".join(digest[at : at + 2] for at in range(0, 64, 2))
        assert f"https://{net.HUB4}/" in said and f"SHA-256 {fingerprint}" in said
        assert fingerprint in hub.cli("status").stdout
        [link] = re.findall(r"https://\S+/setup#\S+", said)
        assert link == hub.warren("setup", "link")["link"]


def test_configuration_is_respected_and_checked(hub):
    text = CONFIG.read_text()
    running = hub.settled()
    try:
        CONFIG.write_text(text.replace("[wireguard]\n", "[wireguard]\nmtu = 100000\n"))
        done = _up()
        assert done.returncode == 1 and re.search(r"warren\.conf:\d+: .*mtu", done.stderr), done.stderr
        assert hub.processes() == running
        CONFIG.write_text("# mine\n" + text)
        assert _up().returncode == 0 and CONFIG.read_text() == "# mine\n" + text
    finally:
        CONFIG.write_text(text)
        _up(check=True)


def test_other_build_takes_over_without_a_lost_ping(tenant):
    acme = tenant()
    laptop = acme.client("laptop")
    address = acme.instance["hub_addresses"][0]
    assert laptop.house.reaches(address)
    _up(check=True)
    running = hub.settled()
    with Pinger(laptop.house, address) as pinger:
        (hub.RUN / "started-from").write_text("another build\n")
        _up(check=True)
        assert hub.active(acme.name)
        pinger.stop()
    assert not hub.processes().keys() & running.keys()
    assert pinger.lost == 0, pinger


def test_help_and_wrong_use(hub):
    for script in ("up", "down"):
        assert "Usage:" in net.run(SOURCE / "hub" / script, "--help").stdout
        assert net.run(SOURCE / "hub" / script, "--frob", check=False).returncode == 2
        assert net.run(*NOBODY, "bash", SOURCE / "hub" / script, check=False).returncode == 1
    assert hub.answers()


def test_remove_takes_off_what_up_installed(hub):
    def places():
        return [path for path in pathlib.Path("/usr/local").rglob("*warren*") if not path.is_dir()]

    assert len(places()) > 10
    with hub.state_aside():
        done = net.run(SOURCE / "hub/down", "--remove")
        try:
            assert not places() and not hub.processes()
            assert CONFIG.exists() and hub.STATE.exists() and "/var/lib/warren" in done.stdout
        finally:
            _up(check=True)
        assert len(places()) > 10


def test_readme_tour(hub, tmp_path):
    blocks = re.findall(r"^    (sudo warren .*)$", (SOURCE / "README.md").read_text(), re.M)
    assert len(blocks) >= 15
    with hub.state_aside():
        _start_anew(hub)
        net.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 9,
                "-subj", "/CN=hub.example", "-keyout", "key.pem", "-out", "fullchain.pem", cwd=tmp_path)  # fmt: skip
        (tmp_path / "typed").write_text("correct horse battery\n")
        for line in blocks:
            words = line.removeprefix("sudo ").split(" --follow")[0]
            with (tmp_path / "typed").open() as typed:
                done = net.run("bash", "-c", words, cwd=tmp_path, check=False, timeout=20, stdin=typed)
            assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    assert "[Peer]" in (tmp_path / "laptop.conf").read_text()
