# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of traffic: what is counted is what was sent, and what dies takes no more than a minute of it along."""

import time

import hub
from hub import warren

SIZE, COUNT = 1000, 400


def _sum(*words):
    told = warren("traffic", "show", *words)
    assert len(told["rx"]) == len(told["tx"])
    return sum(filter(None, told["rx"])), sum(filter(None, told["tx"]))


def _minute_ends():
    time.sleep(60 - time.time() % 60 + 1.5)


def _send(member, target):
    member.house.run("ping", "-n", "-q", "-c", COUNT, "-i", "0.005", "-s", SIZE, target)
    time.sleep(3)  # its figures are read


def test_traffic_is_counted_by_the_minute(tenant):
    acme, bolt = tenant(), tenant()
    office = acme.site("office", "192.168.10.0/24")
    laptop = acme.client("laptop")
    idle = acme.client("idle")
    acme.take_profiles()
    assert laptop.house.reaches(office.host.address)
    assert idle.house.reaches(acme.instance["hub_addresses"][0])
    before = _sum()
    # At least a whole minute of it is to be seen from beginning to end.
    _minute_ends()
    _send(laptop, office.host.address)
    _minute_ends()
    least = SIZE * COUNT
    for words in ([acme.name, "laptop"], [acme.name, "office"], [acme.name]):
        received, sent = _sum(*words)
        assert least < received < 3 * least and least < sent < 3 * least, (words, received, sent)
    received, sent = _sum(acme.name, "idle")
    assert received < least / 10 and sent < least / 10
    assert _sum(bolt.name) == (0, 0)
    assert _sum()[0] - before[0] >= 2 * least
    # The whole is its parts, and what was counted is what the totals say, less the minute that runs.
    parts = [_sum(acme.name, name) for name in ("laptop", "office", "idle")]
    assert _sum(acme.name) == tuple(map(sum, zip(*parts)))
    total = laptop.show()["rx_bytes"]
    assert total - _sum(acme.name, "laptop")[0] < least / 10
    assert _sum(acme.name, "laptop", "--span", "two-years") == _sum(acme.name, "laptop")
    # The end of it all at the worst moment, and it goes on.
    hub.kill("warren-engine")
    assert hub.wait_until(hub.answers, 20)
    assert _sum(acme.name, "laptop", "--span", "day") == _sum(acme.name, "laptop", "--span", "fortnight")
    again = _sum(acme.name, "laptop")
    _send(laptop, office.host.address)
    hub.stop()
    hub.start()
    assert hub.active(acme.name)
    more = _sum(acme.name, "laptop", "--span", "two-years")
    assert more[0] - again[0] > least, "a hub that ends counts the minute that runs"
    laptop.do("delete")
    acme.members.remove(laptop)
    laptop.device.close()
    assert _sum(acme.name)[0] >= again[0]


def test_words(tenant):
    acme = tenant()
    acme.client("laptop", up=False)
    done = hub.cli("traffic", "show", acme.name, "laptop", "--span", "day")
    assert done.returncode == 0 and "received" in done.stdout and "sent" in done.stdout
    assert hub.cli("traffic", "show", "nobody").returncode == 1
    assert hub.cli("traffic", "show", "--span", "year").returncode == 1
    done = hub.cli("attention", "list")
    assert done.returncode == 0 and done.stdout
    warren("attention", "list")
