# SPDX-License-Identifier: GPL-2.0-or-later
"""What the API's document says of requests holds: its examples are taken, and thousands of requests made from it with
something wrong in them are refused by name; none brings the hub down, and none changes anything."""

import collections
import time

import hostile
import pytest
import web_client
from hub import Api, document, processes, wait_until, warren, wrong_answer

pytestmark = pytest.mark.core

ENOUGH = 5000


@pytest.fixture(scope="module")
def scene(started_hub):
    """Objects that stand for the words of the paths, and others of the same kinds."""
    if not started_hub.answers():
        started_hub.start()
    acme = warren("instance", "add", "acme", "--hostname", "acme")
    initech = warren("instance", "add", "initech", "--hostname", "initech")
    warren("peer", "add", "acme", "office", "--site", "--subnet", "192.168.88.0/24")
    warren("user", "add", "anna")
    user, bert = warren("user", "add", "dora"), warren("user", "add", "bert")
    laptop = warren("peer", "add", "acme", "laptop", "--client", "--user", "anna", "--group", "staff")
    stranger = warren("peer", "add", "initech", "stranger", "--client")
    rule = warren("firewall", "add", "acme", "allow", "--from", "group:staff", "--to", "site:office")
    other_rule = warren("firewall", "add", "initech", "allow")
    # Of a peer of its own: it holds without the laptop.
    warren("peer", "add", "acme", "desk", "--client")
    check = warren("firewall", "check", "add", "acme", "allow", "--from", "peer:desk", "--to", "site:office", "--port", "443")
    warren("profile", "show", "acme", "laptop")
    link = warren("link", "add", "acme", "laptop")
    with Api() as api:
        backup = api.ask("POST", "/backups", document().operation("POST", "/backups").body_example)["body"]
        made = {"name": "dora", "role": "operator", "password": "correct horse battery"}
        admin = api.ask("POST", "/admins", made)["body"]
        assert "id" in admin, admin
        assert "id" in backup, backup
        token = api.ask("POST", "/tokens", {"name": "ci", "role": "auditor", "admin": "dora"})["body"]
    assert "id" in token, token
    words = {
        "admin": admin["id"], "token": token["id"], "session": "nosuchid", "passkey": "nosuchid",
        "instance": acme["id"], "peer": laptop["id"], "rule": rule["id"], "check": check["id"], "backup": backup["id"],
        "user": user["id"], "link": link["id"],
    }  # fmt: skip
    others = {"user": [bert["id"]], "instance": [initech["id"]], "peer": [stranger["id"]], "rule": [other_rule["id"]]}
    yield hostile.Maker(document(), words, others)
    for name in ("acme", "initech"):
        warren("instance", "delete", name, "--yes")
    for name in ("anna", "bert", "dora"):
        warren("user", "delete", name)


@pytest.fixture
def transport():
    return hostile.SocketTransport(Api)


def _names(problem, field):
    shown = field if field.isprintable() and field and len(field.encode()) <= 60 else "(unprintable)"
    fields = [each["field"] for each in problem.get("errors", [])]
    return any(each in (field, shown) or each.startswith((f"{field}[", f"{field}.")) for each in fields)


def _complaint(case, status, body):
    """What is wrong with an answer, as a text; "" when nothing is."""
    if status >= 500:
        return f"{status} {body}"
    if case.expected == hostile.ACCEPTED and status >= 400:
        return f"refused: {status} {body}"
    if case.expected == hostile.REFUSED and status < 400:
        return f"accepted: {status}"
    if status >= 400 and (body.get("status") != status or not body.get("detail")):
        return f"no problem document: {status} {body}"
    if case.field is not None and not _names(body, case.field):
        return f"{case.field} is not named: {body}"
    if body is None:
        return ""
    if case.operation is None:
        return document().wrong(body, {"$ref": "#/components/schemas/Problem"})
    return case.operation.wrong_answer(status, body, case.dry_run)


def _run(cases, transport):
    wrong, statuses = [], collections.Counter()
    for case in cases:
        status, body = transport.ask(case.request)
        statuses[status] += 1
        complaint = _complaint(case, status, body)
        if complaint:
            wrong.append(f"{case.title}: {complaint:.400}")
    return wrong, statuses


def _all_there_is():
    """All but what handing a profile out writes down."""
    with Api() as api:
        audit = api.ask("GET", "/audit", query={"limit": "1000"})["body"]["items"]
        instances = api.ask("GET", "/instances")["body"]["items"]
        peers = [api.ask("GET", f"/instances/{each['id']}/peers")["body"]["items"] for each in instances]
        rules = [api.ask("GET", f"/instances/{each['id']}/firewall")["body"]["items"] for each in instances]
    changes = [each["number"] for each in audit if each["action"] != "profile.show"]
    rows = [each for part in (instances, *peers, *rules) for each in part]
    return [(row["id"], row["updated_at"]) for row in rows], max(changes)


def test_each_example_is_taken(scene, transport):
    wrong, _ = _run([scene.example(operation) for operation in document().operations], transport)
    assert not wrong, "\n".join(wrong)


def test_what_is_wrong_is_refused(scene, transport, measured):
    engine = processes("warren-engine")
    before = _all_there_is()
    cases = list(scene.all())
    assert len(cases) >= ENOUGH
    began = time.monotonic()
    wrong, statuses = _run(cases, transport)
    seconds = time.monotonic() - began
    counts = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
    measured(f"{len(cases)} requests in {seconds:.1f} s: {counts}")
    assert not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n".join(wrong[:60])
    assert processes("warren-engine") == engine
    assert _all_there_is() == before


def test_who_is_nobody_gets_nothing_over_https(scene, measured):
    """The same without a credential: never an answer, never a crash, and a problem document whenever it says no."""
    web = wait_until(lambda: processes("warren-web"), 10)
    before = _all_there_is()
    cases = [case for number, case in enumerate(scene.all()) if number % 5 == 0]
    transport = hostile.HttpsTransport()
    wrong, statuses = [], collections.Counter()
    for case in cases:
        status, body = transport.ask(case.request)
        statuses[status] += 1
        said = "" if body is None else document().wrong(body, {"$ref": "#/components/schemas/Problem"})
        if not 400 <= status < 500 or said or (body is None and case.request.method != "HEAD"):
            wrong.append(f"{case.title}: {status} {said} {str(body):.200}")
    transport.close()
    counts = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
    measured(f"{len(cases)} requests: {counts}")
    assert not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n".join(wrong[:60])
    assert web and processes("warren-web") == web
    assert _all_there_is() == before


@pytest.fixture(scope="module")
def owner(scene):
    """An owner beside the scene's admins: what its token and its session show. It stays, as the last owner does."""
    with Api() as api:
        made = {"name": "olga", "role": "owner", "password": "correct horse battery"}
        assert api.ask("POST", "/admins", made)["status"] == 201
        token = api.ask("POST", "/tokens", {"name": "hostile", "role": "owner", "admin": "olga"})["body"]["token"]
    ours = {"Sec-Fetch-Site": "same-origin"}
    signed_in = web_client.ask("POST", "/api/v1/session", {"name": made["name"], "password": made["password"]}, ours)
    assert signed_in.status == 201, signed_in.body
    session = {"Cookie": signed_in.headers["set-cookie"].split(";")[0], **ours}
    return {"token": {"Authorization": f"Bearer {token}"}, "session": session}


@pytest.mark.parametrize("shown, part", [("token", 3), ("session", 4)])
def test_what_is_wrong_is_refused_over_https(scene, owner, shown, part, measured):
    """By an owner's token and by its session: the same answers as on the socket, but for what a token may never do."""
    before, running = _all_there_is(), processes("warren-engine", "warren-web")
    cases = [case for number, case in enumerate(scene.all()) if number % part == 1]
    # It would sign out, and be nobody for the rest.
    cases = [case for case in cases if not case.request.path.startswith("/session")]
    assert len(cases) >= ENOUGH
    transport = hostile.HttpsTransport(shown=owner[shown])
    wrong, statuses = [], collections.Counter()
    for case in cases:
        status, body = transport.ask(case.request)
        statuses[status] += 1
        # What no token may do, and what warren-web refuses by itself, names no field.
        kind = body["type"].rsplit("/", 1)[-1] if body and status >= 400 else None
        own = (status, kind) == (403, "person") or (kind == "malformed" and status in (400, 413, 414, 431))
        complaint = "" if own or (body is None and status < 500) else _complaint(case, status, body)
        if complaint:
            wrong.append(f"{case.title}: {complaint:.400}")
    transport.close()
    counts = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
    measured(f"{len(cases)} requests over HTTPS, by a {shown}: {counts}")
    assert not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n".join(wrong[:60])
    # Most of them came as far as the API, and it is still who it was.
    assert statuses[401] == 0 and statuses[422] > ENOUGH / 4
    assert processes("warren-engine", "warren-web") == running
    assert _all_there_is() == before


def test_a_request_again_is_answered_the_same(scene):
    """Every change, with an Idempotency-Key: the second answer is as whole as the first."""
    asked = []
    with Api() as api:

        def twice(method, path, body=None):
            headers = {"idempotency-key": f"key {len(asked)}"}
            first, again = (api.ask(method, path, body, headers=headers) for _ in range(2))
            assert first["status"] < 300 and again["status"] in (first["status"], 202)
            assert again["replayed"] and set(again["body"]) == set(first["body"])
            asked.append(document().operation(method, path).id)
            return first["body"]

        base = f"/instances/{twice('POST', '/instances', {'name': 'umbrella', 'hostname': 'umbrella'})['id']}"
        twice("PATCH", base, {"client_to_client": True})
        twice("POST", f"{base}/peers", {"name": "branch", "type": "site", "subnets": ["192.168.1.0/24"]})
        peer = f"{base}/peers/{twice('POST', f'{base}/peers', {'name': 'phone', 'type': 'client'})['id']}"
        twice("PATCH", peer, {"name": "tablet"})
        for verb in ("disable", "enable", "rekey"):
            twice("POST", f"{peer}/{verb}", {})
        twice("DELETE", f"/links/{api.ask('POST', f'{peer}/links', {})['body']['id']}")
        api.ask("GET", f"{peer}/profile")
        twice("POST", f"{peer}/forget-key")
        rule = f"{base}/firewall/{twice('POST', f'{base}/firewall', {'action': 'allow', 'to': 'site:branch'})['id']}"
        twice("POST", f"{base}/firewall", {"action": "deny"})
        twice("PATCH", rule, {"comment": "why"})
        for verb, body in (("move", {"position": 2}), ("disable", {}), ("enable", {})):
            twice("POST", f"{rule}/{verb}", body)
        check = {"expect": "allow", "from": "peer:tablet", "to": "site:branch"}
        user = f"/users/{twice('POST', '/users', {'name': 'emil'})['id']}"
        twice("PATCH", user, {"groups": ["staff"]})
        api.ask("PATCH", peer, {"user": "emil"})
        for verb in ("disable", "enable"):
            twice("POST", f"{user}/{verb}", {})
        api.ask("PATCH", peer, {"user": None})
        twice("DELETE", user)
        twice("DELETE", f"{base}/firewall-checks/{twice('POST', f'{base}/firewall-checks', check)['id']}")
        twice("DELETE", rule)
        twice("DELETE", peer)
        twice("DELETE", base)
    # Where a secret is said or told no answer is kept; the rest of those are tried where they are at home.
    apart = (*hostile.SLOW, "/tokens", "/tls", "/box", "/update", "/settings")
    missed = {each.id for each in document().operations if each.changes and not each.path.startswith(apart)} - {"linkAdd", *asked}
    assert not missed, f"not asked: {missed}"


def test_the_document_is_checked(scene):
    """The check sees what is wrong, or the rest would show nothing; the command line shows the same document."""
    assert warren("api", "show") == document().document
    peer = document().operation("GET", "/instances/acme/peers/laptop")
    example = document().document["components"]["schemas"]["Peer"]["examples"][0]
    assert peer.wrong_answer(200, example) == ""
    for wrong in ({**example, "extra": 1}, {**example, "name": None}, {**example, "rx_bytes": -1}, {**example, "type": "router"}):
        assert peer.wrong_answer(200, wrong)
    assert peer.wrong_answer(201, example) and peer.wrong_answer(404, example)
    assert wrong_answer("GET", "/nowhere", None, {"status": 200, "body": {}})
