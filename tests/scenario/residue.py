# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in this world: compared before and after, nothing may be left behind."""

import contextlib
import json
import pathlib
import sqlite3

import hub
from net import run

# What grows by design: rows that outlive their objects, to keep a history or to let a name or number rest.
KEPT = {"audit", "kept_answer", "hostname_rest", "sqlite_sequence"}


def _elements():
    """The hub's own table without its counters and handles."""
    said = json.loads(run("nft", "-j", "list", "ruleset").stdout)["nftables"]
    text = []
    for item in said:
        for kind, body in item.items():
            if kind == "metainfo":
                continue
            body = {key: value for key, value in body.items() if key not in ("handle", "elem", "packets", "bytes")}
            text.append(f"{kind} {json.dumps(body, sort_keys=True)}")
            text += [f"element of {item[kind]['name']}: {element}" for element in item[kind].get("elem", [])]
    return set(text)


def _files():
    roots = (hub.RUN, hub.STATE, pathlib.Path("/run/netns"), pathlib.Path("/run/wireguard"))
    found = {str(path) for root in roots if root.exists() for path in root.rglob("*")}
    return {path for path in found if not path.endswith(("-wal", "-shm", "-journal"))}


def snapshot():
    links = json.loads(run("ip", "-j", "link").stdout)
    routes = json.loads(run("ip", "-j", "route", "show", "table", "all").stdout)
    routes += json.loads(run("ip", "-j", "-6", "route", "show", "table", "all").stdout)
    running = hub.processes(*hub.ROLES, "wireguard-go", "openvpn", "dnsmasq")
    return {
        "links": {link["ifname"] for link in links},
        "namespaces": {entry.get("name") for entry in json.loads(run("ip", "-j", "netns").stdout or "[]")},
        "routes": {f"{route.get('dst')} {route.get('dev')} {route.get('table', 'main')}" for route in routes},
        "rules": _elements(),
        "processes": {f"{name} {' '.join(arguments)}" for name, arguments in running.values()},
        "files": _files(),
    }


def difference(before, after):
    return {
        kind: {"left behind": sorted(after[kind] - before[kind]), "lost": sorted(before[kind] - after[kind])}
        for kind in before
        if before[kind] != after[kind]
    }


@contextlib.contextmanager
def database():
    """Only while the hub is stopped: it holds the database alone."""
    connection = sqlite3.connect(hub.STATE / "warren.db")
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def rows():
    """How many rows each table has."""
    with database() as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: opened.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
            for table in tables
            if table not in KEPT
        }


def integrity():
    with database() as opened:
        faults = opened.execute("PRAGMA foreign_key_check").fetchall()
        return [row[0] for row in opened.execute("PRAGMA integrity_check")] + faults
