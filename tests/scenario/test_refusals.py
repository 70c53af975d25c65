# SPDX-License-Identifier: GPL-2.0-or-later
"""A usual life of the hub, with each system call written down: no role's filter has anything to refuse.

What is refused is in the machine's log as if somebody had broken in; a role that lives by refusals hides those that mean something."""

import pathlib
import re
import shutil
import time

import hub
import pytest
import web_client
from hub import warren
from net import run

PASSWORD = "correct horse battery"
# Their starts and ends are slow when each call is written down.
SLOW_START = 90


@pytest.fixture
def traced(hub, tmp_path):
    """Restarts the hub under strace; answers the folder that holds a file for each process."""
    hub.stop()
    (hub.RUN / "ready").unlink(missing_ok=True)
    run("bash", "-c", f"setsid strace -ff -s 64 -o {tmp_path}/calls /usr/local/sbin/warrend </dev/null >>/var/log/warren.log 2>&1 &")
    assert hub.wait_until(lambda: (hub.RUN / "ready").exists() and hub.answers(), SLOW_START), hub.log_tail()
    yield tmp_path
    hub.kill()
    hub.start()


def _refused(folder):
    """By program: the calls that were answered by EPERM once its filter stood."""
    found = {}
    for path in folder.glob("calls.*"):
        lines = path.read_text(errors="replace").splitlines()
        programs = [match[1] for line in lines if (match := re.match(r'execve\("[^"]*/([^/"]+)"', line))]
        filters = [number for number, line in enumerate(lines) if "SECCOMP_SET_MODE_FILTER" in line and line.endswith("= 0")]
        if not filters:
            continue
        name = programs[-1] if programs else "a child"
        found.setdefault(name, []).extend(line for line in lines[filters[0] + 1 :] if "= -1 EPERM" in line)
    return found


def test_nothing_is_refused_in_a_usual_life(traced, tenant):
    typed = pathlib.Path("/run/world/typed")
    typed.write_text(PASSWORD + "\n")
    run("warren", "admin", "add", "anna", "--role", "owner", stdin=typed.open())
    signed_in = web_client.ask("POST", "/api/v1/session", {"name": "anna", "password": PASSWORD}, {"Sec-Fetch-Site": "same-origin"})
    assert signed_in.status == 201
    session = {"Cookie": signed_in.headers["set-cookie"].split(";")[0]}
    acme = tenant()
    for name, protocol in (("laptop", "wireguard"), ("tablet", "openvpn")):
        warren("peer", "add", acme.name, name, "--client", "--protocol", protocol)
        warren("profile", "show", acme.name, name)
    assert hub.wait_until(lambda: warren("instance", "show", acme.name)["state"] == "active", 60)
    assert web_client.ask("GET", "/", headers=session).status == 200
    assert web_client.ask("GET", "/api/v1/status", headers=session).status == 200
    assert web_client.ask("GET", "/", port=80, tls=False).status == 308
    warren("firewall", "add", acme.name, "deny", "--from", "peer:laptop", "--to", "any")
    time.sleep(5)  # what comes by itself: figures, a resync
    hub.reload()
    acme.close()
    hub.stop()
    found = _refused(traced)
    assert {"warren-web", "warren-engine", "warren-hash", "warren-net"} <= set(found), found
    assert not {name: calls for name, calls in found.items() if calls}
    shutil.rmtree(traced)
