# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes die at random moments of a random series of changes. What was acknowledged stays; database, kernel and
answers agree in the end."""

import os
import random
import threading
import time
import uuid

import hub
import residue
from agreement import disagreements
from hub import Api

KILLS = int(os.environ.get("WARREN_KILLS") or 100)
PEERS = 12


class Changer(threading.Thread):
    """Makes changes one after another, each with an idempotency key, asked again until there is an answer. The model
    is what the answers said."""

    def __init__(self, instance_id, seed):
        super().__init__(daemon=True)
        self.path = f"/instances/{instance_id}/peers"
        self.random = random.Random(seed)
        self.model = {}
        self.done = threading.Event()
        self.changes = self.repeated = self.number = 0
        self.wrong = None

    def _ask(self, method, path, body=None):
        key = str(uuid.uuid4())
        while True:
            try:
                with Api(timeout=10) as api:
                    answer = api.ask(method, path, body=body, headers={"idempotency-key": key})
                if answer["status"] != 503:
                    break
            except (OSError, ValueError):
                pass
            self.repeated += 1
            time.sleep(0.02)
        if answer["status"] not in (200, 201, 204):
            raise AssertionError(f"{method} {path} {body}: {answer}")
        self.changes += 1
        return answer["body"]

    def _add(self):
        self.number += 1
        name = f"peer-{self.number}"
        body = {"name": name, "type": self.random.choice(["client", "site"])}
        if body["type"] == "site":
            body["subnets"] = [f"172.16.{self.number % 256}.0/24"]
        elif self.random.random() < 0.5:
            body["route_all"] = True
        self.model[name] = self._ask("POST", self.path, body)

    def _change_one(self):
        name = self.random.choice(list(self.model))
        path, peer = f"{self.path}/{self.model[name]['id']}", self.model[name]
        what = self.random.choice(["delete", "toggle", "toggle", "rekey", "rename", "subnet"])
        if what == "delete":
            self._ask("DELETE", path)
            del self.model[name]
        elif what == "toggle":
            self.model[name] = self._ask("POST", f"{path}/{'disable' if peer['enabled'] else 'enable'}")
        elif what == "rekey":
            self.model[name] = self._ask("POST", f"{path}/rekey", {})
        elif what == "rename":
            self.number += 1
            changed = self._ask("PATCH", path, {"name": f"peer-{self.number}"})
            del self.model[name]
            self.model[changed["name"]] = changed
        elif peer["type"] == "site":
            self.number += 1
            self.model[name] = self._ask("PATCH", path, {"subnets": [f"172.17.{self.number % 256}.0/24"]})

    def run(self):
        try:
            while not self.done.is_set():
                if len(self.model) < 3 or (len(self.model) < PEERS and self.random.random() < 0.4):
                    self._add()
                else:
                    self._change_one()
        except Exception as error:
            self.wrong = error


def _facts(peer):
    fields = ("name", "type", "enabled", "addresses", "subnets", "route_all", "public_key")
    return {field: peer[field] for field in fields}


def _is_the_hub(pid):
    """Not a child of it that has yet to become its own program."""
    try:
        return int((hub.RUN / "warrend.pid").read_text()) == pid
    except (FileNotFoundError, ValueError):
        return False


def test_kills_at_random_moments(tenant, measured):
    seed = int(os.environ.get("WARREN_SEED") or time.time())
    measured(f"WARREN_SEED={seed}")
    chance = random.Random(seed)
    acme = tenant()
    changer = Changer(acme.id, seed)
    changer.start()
    killed = {role: 0 for role in hub.ROLES}
    while sum(killed.values()) < KILLS and changer.wrong is None:
        time.sleep(chance.random() * 0.3)
        running = hub.processes()
        if not any(name == "warrend" for name, _ in running.values()):
            hub.start()
            continue
        pid = chance.choice(sorted(running))
        is_the_hub = _is_the_hub(pid)
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
        killed[running[pid][0]] += 1
        if is_the_hub:
            assert hub.wait_until(lambda: not hub.processes(), 5)
            hub.start()
    changer.done.set()
    changer.join(30)
    assert not changer.is_alive() and changer.wrong is None, changer.wrong
    measured(f"killed {killed}, {changer.changes} changes, {changer.repeated} asked again")
    assert changer.changes >= KILLS / 4

    assert hub.wait_until(hub.answers, 20) and hub.active(acme.name)
    with Api() as api:
        items = api.ask("GET", changer.path, query={"limit": "1000"})["body"]["items"]
    said = {peer["name"]: _facts(peer) for peer in items}
    assert said == {name: _facts(peer) for name, peer in changer.model.items()}
    assert hub.wait_until(lambda: not disagreements(), 10), disagreements()
    assert hub.cli("audit", "verify").returncode == 0

    hub.stop()
    assert residue.integrity() == ["ok"]
    rows = residue.rows()
    hub.start()
    assert rows["peer"] == len(said)
    assert hub.active(acme.name) and not disagreements()
