# SPDX-License-Identifier: GPL-2.0-or-later
"""One-time links, opened by a person without an account, in a browser and by an app that fetches the file."""

import hub as hub_module
from browser import browse
from device import Device
from hub import wait_until, warren
from net import HUB4, run

PIN = "47-11"


def test_a_person_opens_a_link_twice_and_no_more(tenant, internet):
    acme = tenant()
    warren("peer", "add", acme.name, "pixel", "--client", "--full-tunnel")
    made = warren("link", "add", acme.name, "pixel", "--uses", 2, "--pin", PIN)
    phone = Device(internet, "pixel")

    def scan(shot):
        phone.up(run("zbarimg", "--quiet", "--raw", shot).stdout)
        return phone.house.pings(HUB4)

    try:
        done = browse("open_link", {"scan": scan}, link=made["url"], pin=PIN, peer="pixel")
        assert wait_until(lambda: warren("peer", "show", acme.name, "pixel")["connected"], 10)
    finally:
        phone.close()
    assert done["found"] == []
    assert done["before"] == 0, "looking at a link opens it"
    assert done["pings"] and done["chosen"] == "iPhone, iPad" and done["name"].endswith(".conf")
    # Nobody else is asked for anything.
    assert all(each.split()[1].startswith(("/get/", "/assets/", "/api/v1/", "/favicon", "/icon")) for each in done["asked"])
    actions = [entry["action"] for entry in warren("audit", "list", "--object", f"instance/{acme.id}/link")["items"]]
    assert actions.count("link.open") == 2 and actions.count("link.refuse") == 2


def _fetch(url):
    done = run("curl", "--silent", "--insecure", "--max-time", "10", "--write-out", "\n%{http_code} %{content_type}", url)
    body, _, last = done.stdout.rpartition("\n")
    return body, last


def test_an_app_fetches_the_file(tenant):
    acme = tenant()
    warren("peer", "add", acme.name, "tablet", "--client", "--protocol", "openvpn")
    made = warren("link", "add", acme.name, "tablet", "--uses", 1)
    file = made["url"] + ".ovpn"
    assert _fetch(file)[1].startswith("403 ")
    with hub_module.Api() as api:
        opened = api.ask("POST", "/links/open", {"token": made["token"]})["body"]
    assert opened["openvpn_import_url"] == f"openvpn://import-profile/{file}"
    body, last = _fetch(file)
    assert last == "200 application/x-openvpn-profile" and body.strip() == opened["formats"][0]["content"].strip()
    # What an admin's QR code holds needs no opening.
    acme_qr = run("bash", "-c", f"warren profile show '{acme.name}' tablet --qr png -o /run/world/qr.png && zbarimg --quiet --raw /run/world/qr.png").stdout.strip()
    assert acme_qr.startswith("openvpn://import-profile/https://") and acme_qr.endswith(".ovpn")
    body, last = _fetch(acme_qr.removeprefix("openvpn://import-profile/"))
    assert last.startswith("200 ") and "<ca>" in body
    # Who asks for what there is not is shut out for a while; the hub's own people are not.
    said = [_fetch(f"https://{HUB4}/get/{'a' * 32}.ovpn")[1][:3] for _ in range(12)]
    assert said[:8] == ["404"] * 8 and said[-1] == "429"
