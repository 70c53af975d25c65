# SPDX-License-Identifier: GPL-2.0-or-later
"""Those who look on are told."""

import json
import subprocess
import threading

from hub import warren


def test_follow_tells_of_a_handshake(tenant):
    acme = tenant()
    follower = subprocess.Popen(
        ["warren", "events", "--follow", "--after", "0", "--json"], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    watchdog = threading.Timer(20, follower.kill)
    watchdog.start()
    try:
        laptop = acme.client("laptop")
        assert laptop.house.reaches(acme.instance["hub_addresses"][0])
        kinds = []
        for line in follower.stdout:
            event = json.loads(line)
            event = event.get("event", event)
            if event.get("peer_id") == laptop.peer["id"]:
                kinds.append(event["kind"])
            if "peer.connected" in kinds:
                break
        assert kinds[0] == "peer.added"
        assert "peer.connected" in kinds
    finally:
        watchdog.cancel()
        follower.kill()
        follower.wait()


def test_kept_events_can_be_listed(tenant):
    acme = tenant()
    kinds = [event["kind"] for event in warren("events", "--after", "0")["items"] if event.get("instance_id") == acme.id]
    assert kinds[0] == "instance.added" and "instance.active" in kinds
