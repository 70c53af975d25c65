# SPDX-License-Identifier: GPL-2.0-or-later
"""What the web costs: one peer over HTTPS beside nginx with a file of the same size and the same cipher, a page of 100
of many, memory with open connections, an event for many streams. Run by tests/run bench in a private world."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hub"))

from hub_bench import BUILD, MANY, Hub, Table, fill, install, memory  # noqa: E402

SECONDS = 5
OPEN = 1000
PASSWORD = "correct horse battery"
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE


def connect(number=0, port=443):
    """From an address of its own for every 250: there are only so many from one."""
    plain = socket.create_connection(("127.0.0.1", port), 20, (f"127.0.1.{number // 250 + 1}", 0))
    return CONTEXT.wrap_socket(plain)


def request(method, path, body=None, headers=()):
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in dict(headers).items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def answer(client):
    read = b""
    while b"\r\n\r\n" not in read:
        read += client.recv(65536)
    head, body = read.split(b"\r\n\r\n", 1)
    size = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < size:
        body += client.recv(65536)
    return int(head.split()[1]), head, body


def ask(*words, **options):
    with connect() as client:
        client.sendall(request(*words, **options))
        return answer(client)


def sign_in(hub):
    token = hub.api("POST", "/setup/link", {})["token"]
    status, head, body = ask("POST", "/api/v1/setup", {"token": token, "name": "anna", "password": PASSWORD})
    assert status < 300, body
    cookie = re.search(rb"(?i)set-cookie: ([^;]+)", head)[1].decode()
    return {"Cookie": cookie}


def wrk(url, connections, headers=()):
    """Requests a second; ms: median and 99th."""
    options = [word for pair in dict(headers).items() for word in ("-H", ": ".join(pair))]
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{SECONDS}s", "--latency", *options, url]
    said = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
    assert "Non-2xx" not in said and "Socket errors" not in said, said
    units = {"us": 0.001, "ms": 1, "s": 1000}
    late = {part: float(number) * units[unit] for part, number, unit in re.findall(r"(50|99)% +([\d.]+)(us|ms|s)", said)}
    return float(re.search(r"Requests/sec: +([\d.]+)", said)[1]), late["50"], late["99"]


@contextlib.contextmanager
def nginx(folder, content):
    """One worker, a static file, ECDSA P-256, the cipher that the hub takes."""
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {folder}/key.pem -out {folder}/cert.pem "
        "-subj /CN=localhost -days 1 2>/dev/null", shell=True, check=True)  # fmt: skip
    root = pathlib.Path(folder, "root")
    root.mkdir()
    (root / "peer.json").write_bytes(content)
    for path in (folder, root):
        os.chmod(path, 0o755)
    pathlib.Path(folder, "nginx.conf").write_text(f"""
worker_processes 1; daemon off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{ access_log off; sendfile on; tcp_nopush on; open_file_cache max=10; keepalive_requests 100000000; default_type application/json;
  server {{ listen 127.0.0.1:9443 ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384; root {root}; }} }}
""")
    process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield "https://127.0.0.1:9443/peer.json"
    finally:
        process.terminate()
        process.wait()


def beside_nginx(table, path, headers, folder):
    _, _, content = ask("GET", path, headers=headers)
    with nginx(folder, content) as url:
        with connect(port=9443) as theirs, connect() as ours:
            assert theirs.cipher() == ours.cipher(), (theirs.cipher(), ours.cipher())
            cipher = ours.cipher()[0]
        pairs = []
        for _ in range(3):
            pairs.append((wrk(f"https://127.0.0.1{path}", 32, headers)[0], wrk(url, 32)[0]))
        ours, theirs = (sorted(side)[1] for side in zip(*pairs))
    print(f"one peer, {len(content)} bytes, {cipher}: {ours:.0f} a second, nginx's file {theirs:.0f}", flush=True)
    table.row("nginx's static file, to one peer over HTTPS", theirs / ours, 2, "x")


def cpu(*pids):
    """Seconds that they ran."""
    return sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


def page(table, hub, path, headers):
    for connections in (1, 50):
        before = {role["name"]: cpu(role["pid"]) for role in hub.roles() if role["name"] in ("warren-web", "warren-engine")}
        rate, median, late = wrk(f"https://127.0.0.1{path}?limit=100", connections, headers)
        spent = {
            role["name"]: (cpu(role["pid"]) - before[role["name"]]) / rate / SECONDS * 1e6 for role in hub.roles() if role["name"] in before
        }
        print(f"page of 100 of {MANY}, {connections} in flight: {rate:.0f} a second; median {median:.1f} ms, p99 {late:.1f} ms; "
              f"CPU a page: {', '.join(f'{name} {us:.0f} us' for name, us in spent.items())}", flush=True)  # fmt: skip
    table.row(f"page of 100 of {MANY} over HTTPS, 50 in flight: p99", late, 30, "ms")


def web_pid(hub):
    [pid] = [role["pid"] for role in hub.roles() if role["name"] == "warren-web"]
    return pid


def open_connections(table, hub, headers):
    pid = web_pid(hub)
    before = memory(pid, "Rss")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(number)) for number in range(OPEN)]
        for client in clients:
            client.sendall(request("GET", "/api/v1/session", headers=headers))
            assert answer(client)[0] == 200
        time.sleep(1)
        after = memory(pid, "Rss")
    print(f"warren-web: {before:.1f} MB before, {after:.1f} MB with {OPEN} open connections that each made a request", flush=True)
    table.row(f"resident with {OPEN} open connections", after, 32, "MB")


def streams(table, hub, headers, path):
    web = web_pid(hub)
    [engine] = [role["pid"] for role in hub.roles() if role["name"] == "warren-engine"]
    peer = hub.api("GET", f"{path}/peers", query={"limit": "1"})["items"][0]["id"]
    changes = 40

    def change_them():
        before, web_before = cpu(web, engine), cpu(web)
        for number in range(changes):
            hub.api("PATCH", f"{path}/peers/{peer}", {"keepalive": 30 + number % 2})
            time.sleep(0.05)
        return (cpu(web, engine) - before) * 1000 / changes, (cpu(web) - web_before) * 1000 / changes

    alone, _ = change_them()
    with contextlib.ExitStack() as stack:
        for number in range(OPEN):
            client = stack.enter_context(connect(number))
            client.sendall(request("GET", "/api/v1/events", headers={**headers, "Accept": "text/event-stream"}))
            read = b""
            while b"retry:" not in read:
                read += client.recv(4096)
        assert hub.api("GET", "/status")["web"]["streams"] == OPEN
        time.sleep(1)
        with_them, of_the_web = change_them()
    print(f"a peer's change: {alone:.2f} ms of CPU without streams, {with_them:.2f} ms with {OPEN} ({of_the_web:.2f} ms of warren-web)")
    table.row(f"a peer's change with {OPEN} streams: CPU of web and engine", with_them, 20, "ms")


def main():
    install()
    state = tempfile.mkdtemp(prefix="bench-state-", dir=BUILD)
    folder = tempfile.mkdtemp(prefix="bench-nginx-", dir="/run")
    table = Table()
    hub = Hub(state)
    try:
        headers = sign_in(hub)
        path = fill(hub, "large", "10.72.0.0/16", MANY)
        peer = hub.api("GET", f"{path}/peers", query={"limit": "100", "cursor": str(MANY // 2)})["items"][-1]["id"]
        beside_nginx(table, f"/api/v1{path}/peers/{peer}", headers, folder)
        page(table, hub, f"/api/v1{path}/peers", headers)
        open_connections(table, hub, headers)
        streams(table, hub, headers, path)
    finally:
        hub.stop()
        shutil.rmtree(state, ignore_errors=True)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
