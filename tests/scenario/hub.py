# SPDX-License-Identifier: GPL-2.0-or-later
"""The hub of this world: started and stopped as an admin does, its processes killed, its command line and API asked."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import time

import schema
from net import SLOW, run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WARREN_BUILD", "build-release"))
STATE = pathlib.Path("/var/lib/warren")
RUN = pathlib.Path("/run/warren")
ROLES = ("warrend", "warren-engine", "warren-net", "warren-web", "warren-hash")


class Refused(Exception):
    """The command line said no: its exit status, and what it wrote."""

    def __init__(self, arguments, done):
        super().__init__(f"warren {' '.join(map(str, arguments))}: status {done.returncode}\n{done.stdout}{done.stderr}")
        self.status = done.returncode
        self.text = done.stdout + done.stderr


def cli(*arguments, **options):
    """The command line as a person uses it; the finished process."""
    return run("warren", *arguments, check=False, **options)


def warren(*arguments):
    """The command line as a program uses it: its JSON, or Refused."""
    arguments = [*map(str, arguments), "--json"]
    done = cli(*arguments)
    if done.returncode != 0:
        raise Refused(arguments, done)
    return json.loads(done.stdout) if done.stdout.strip() else None


_document = None


def document():
    """The API's document, as this hub tells it."""
    global _document
    if _document is None:
        with Api() as api:
            _document = schema.Document(api.ask("GET", "/openapi.json", checked=False)["body"])
    return _document


def wrong_answer(method, path, query, answer):
    """What the document does not say of an answer, as a text; "" when it says all."""
    operation = document().operation(method, path)
    if operation is None:
        return "" if answer["status"] >= 400 else f"{method} {path}: is not in the document"
    dry_run = str((query or {}).get("dry_run", "no")) in ("1", "yes", "true")
    return operation.wrong_answer(answer["status"], answer["body"], dry_run)


class Api:
    """A connection to the API's socket; each answer is compared with the document."""

    def __init__(self, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(RUN / "api.sock"))
        self.lines = self.socket.makefile("rb")

    def ask(self, method, path, body=None, query=None, headers=None, checked=True):
        request = {"method": method, "path": f"/api/v1{path}"}
        for name, value in (("body", body), ("query", query), ("headers", headers)):
            if value is not None:
                request[name] = value
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        answer = self.line()
        if checked and "body" in answer:
            wrong = wrong_answer(method, path, query, answer)
            assert not wrong, wrong
        return answer

    def line(self):
        line = self.lines.readline()
        if not line:
            raise ConnectionError("the API closed the connection")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()


def processes(*names):
    """Warren's processes in this world: pid -> (name, arguments)."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            arguments = (entry / "cmdline").read_bytes().decode().split("\0")[:-1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        name, state = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2]
        if name in (names or ROLES) and state != "Z":
            found[int(entry.name)] = (name, arguments)
    return found


def settled():
    """The processes, once the last to be started is among them."""
    assert wait_until(lambda: processes("warren-web"), 40), log_tail()
    return processes()


def kill(*names):
    """kill -9, without a chance to say goodbye; answers the pids."""
    found = processes(*names)
    # warrend first: it would start the others again.
    pids = sorted(found, key=lambda pid: found[pid][0] != "warrend")
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}/exe").exists() for pid in pids), 5)
    return pids


def wait_until(holds, seconds, step=0.05):
    """Waits until it holds and answers what it said; after so many seconds, what it says then."""
    deadline = time.monotonic() + seconds * SLOW
    while time.monotonic() < deadline:
        said = holds()
        if said:
            return said
        time.sleep(step)
    return holds()


def answers():
    return cli("status").returncode == 0


def up():
    return run(SOURCE / "hub/up")


def down(*options):
    return run(SOURCE / "hub/down", *options)


def start(within=30):
    """As hub/up does after building: for scenarios that start it many times."""
    (RUN / "ready").unlink(missing_ok=True)
    run("bash", "-c", "setsid /usr/local/sbin/warrend </dev/null >>/var/log/warren.log 2>&1 &")
    ready = wait_until(lambda: (RUN / "ready").exists() and answers(), within)
    assert ready, "the hub does not start:\n" + log_tail()


def stop():
    pids = list(processes("warrend"))
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    assert wait_until(lambda: not processes(), 15), f"still there: {processes()}"


@contextlib.contextmanager
def state_aside():
    """The hub is stopped, and its state is put back afterwards."""
    stop()
    run("cp", "-a", STATE, "/run/world/aside")
    try:
        yield
    finally:
        kill()
        run("bash", "-c", f"rm -rf {STATE}/* && cp -a /run/world/aside/. {STATE}/ && rm -rf /run/world/aside")
        start()


def reload():
    """The configuration is read again."""
    for pid, (name, _) in processes().items():
        if name == "warrend":
            os.kill(pid, signal.SIGHUP)
    time.sleep(0.3)


def log_lines():
    log = pathlib.Path("/var/log/warren.log")
    return log.read_text(errors="replace").splitlines() if log.exists() else []


def log_tail(lines=30):
    return "\n".join(log_lines()[-lines:])


def backend():
    """Which WireGuard it uses: "kernel" or "userspace"."""
    return warren("status")["backend"]


def device(instance_id):
    """An instance's WireGuard device, as the words in front of a command and as its name for wg."""
    if backend() == "kernel":
        return ["ip", "netns", "exec", f"wr-{instance_id}"], "wg0"
    return [], f"wrg-{instance_id}"


def lose_link(instance_id):
    """Takes its WireGuard link from an instance: as a person would, or by the death of wireguard-go."""
    if backend() == "kernel":
        run("ip", "-n", f"wr-{instance_id}", "link", "delete", "wg0")
        return
    pids = [pid for pid, (_, words) in processes("wireguard-go").items() if f"wrg-{instance_id}" in words]
    assert len(pids) == 1
    os.kill(pids[0], signal.SIGKILL)


def link_index(instance_id):
    """A link that is made anew has another one."""
    return json.loads(run("ip", "-n", f"wr-{instance_id}", "-j", "link", "show", "wg0").stdout)[0]["ifindex"]


def active(instance):
    return wait_until(lambda: warren("instance", "show", instance)["state"] == "active", 15)


def audit_count():
    """The number of the newest audit entry."""
    items = warren("audit", "list", "--limit", 1)["items"]
    return items[0]["number"] if items else 0
