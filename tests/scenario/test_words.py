# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line says and takes: lists that are changed, what a change changed, errors in its own words."""

import hub
import pytest
from hub import warren


@pytest.fixture
def acme(tenant):
    return tenant()


def said(*words):
    done = hub.cli(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*words, status=1):
    done = hub.cli(*words)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stderr


def test_lists_are_changed(acme):
    def records(*words):
        return said("instance", "set", acme.name, *words), acme.show()["dns_custom"]

    text, now = records("--dns-record", "nas=192.168.88.9", "--dns-record", "tv=192.168.88.7")
    assert "  dns_custom: (none) -> nas=192.168.88.9, tv=192.168.88.7\n" in text
    text, now = records("--add-dns-record", "radio=192.168.88.8")
    assert now == ["nas=192.168.88.9", "tv=192.168.88.7", "radio=192.168.88.8"]
    text, now = records("--remove-dns-record", "tv", "--mtu", "1400")
    assert now == ["nas=192.168.88.9", "radio=192.168.88.8"]
    assert "  mtu: 1420 -> 1400\n" in text
    assert "tv" in refused("instance", "set", acme.name, "--remove-dns-record", "tv")
    assert "Nothing is other than before." in said("instance", "set", acme.name, "--mtu", "1400")


def test_lists_of_peers_and_admins(acme):
    site = acme.site("plant", "192.168.20.0/24", up=False)
    warren("peer", "set", acme.name, "plant", "--add-subnet", "192.168.21.0/24=10.99.21.0/24", "--add-group", "staff")
    shown = site.show()
    assert shown["mapped"] == [{"real": "192.168.21.0/24", "mapped": "10.99.21.0/24"}] and shown["groups"] == ["staff"]
    assert sorted(shown["subnets"]) == ["10.99.21.0/24", "192.168.20.0/24"]
    warren("peer", "set", acme.name, "plant", "--remove-subnet", "192.168.20.0/24")
    shown = site.show()
    assert shown["subnets"] == ["10.99.21.0/24"] and len(shown["mapped"]) == 1
    warren("user", "add", "Bea", "--group", "one")
    assert warren("user", "set", "Bea", "--add-group", "two")["groups"] == ["one", "two"]
    warren("user", "delete", "Bea")


def test_errors_name_what_was_typed(acme):
    assert "wireguard.mtu:" in refused("settings", "set", "wireguard.mtu", "9000")
    assert "values." not in refused("settings", "set", "wireguard.mtux", "9000")
    warren("user", "add", "Bea")
    acme.client("laptop", "--user", "Bea", up=False)
    assert "--peers: 1 peers are the user's" in refused("user", "delete", "Bea")
    warren("user", "delete", "Bea", "--peers", "keep")
    text = refused("instance", "set", status=2).splitlines()
    assert text[1:] == ["see: warren instance set --help"]


def test_only_the_keepalive_changed(acme):
    office = acme.site("office", "192.168.10.0/24", up=False)
    laptop = acme.client("laptop", up=False)
    laptop.profile()
    warren("peer", "set", acme.name, "laptop", "--keepalive", "17")
    assert laptop.show()["profile_stale_reasons"] == ["the keepalive changed"]
    steps = warren("explain", acme.name, "--from", "laptop", "--to", office.host.address)["steps"]
    mtu = next(step for step in steps if step["step"] == "mtu")
    assert mtu["holds"] == "yes" and "another MTU" not in mtu["text"]
    warren("instance", "set", acme.name, "--mtu", "1300")
    assert "the MTU changed" in laptop.show()["profile_stale_reasons"]


def test_settings_say_what_they_bring(acme):
    port = acme.show()["wireguard"]["port"]
    plan = warren("settings", "set", "wireguard.ports", f"{port + 1}-{port + 500}", "--dry-run")
    assert "have a port outside of wireguard.ports and keep it" in plan["would"]["notice"]
    plan = warren("settings", "set", "hub.public_name", "", "--dry-run")
    assert "no profile can be handed out" in plan["would"]["notice"]


def test_names_in_their_order(tenant):
    acme = tenant(name="Hausverwaltung Schmidt & Partner GmbH")
    for name in ("c29", "c3", "C10"):
        acme.client(name, up=False)
    names = [line.split()[0] for line in said("peer", "list", acme.name).splitlines()[1:]]
    assert names == ["c3", "C10", "c29"]
    assert "would do: Buro PC" in refused("peer", "add", acme.name, "Büro PC", "--client")
    assert "peer-internet" in refused("peer", "add", acme.name, "internet", "--client")


def test_links_by_their_address(acme):
    acme.client("laptop", up=False)
    url = warren("link", "add", acme.name, "laptop")["url"]
    text = said("link", "open", url)
    assert '"laptop" of "' in text and "[Interface]" in text and "2 more times" in text


def test_tokens_by_their_name(hub):
    hub.run("bash", "-c", "printf 'a long password 1\\n' | warren admin add words-admin --role operator")
    warren("token", "add", "words-token", "--admin", "words-admin", "--role", "auditor")
    assert 'token "words-token" deleted' in said("token", "delete", "words-token")
    said("admin", "delete", "words-admin", "--yes")


def test_passphrase_of_a_backup_that_stays(hub):
    hub.run("bash", "-c", "echo 'a long passphrase' | warren backup create")
    made = warren("backup", "list")["items"][0]
    assert made["kind"] == "manual" and made["kdf"]
    said("backup", "delete", made["id"], "--yes")
