# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests made from the API's own document: each as its example, and then with one thing wrong at a time."""

import copy
import dataclasses
import json
import random
import re
import socket
import ssl
import urllib.parse

ACCEPTED, REFUSED, EITHER = "accepted", "refused", "either"


@dataclasses.dataclass
class Request:
    method: str
    path: str  # below /api/v1, as it goes over the wire
    query: dict  # of texts
    headers: dict
    body: str | None  # JSON as text: it may be none, or no good one


@dataclasses.dataclass
class Case:
    title: str
    operation: object  # of schema.py; None: of no operation
    request: Request
    expected: str
    field: str | None = None  # what the refusal must name

    @property
    def dry_run(self):
        return "dry_run" in self.request.query


def _nested(depth):
    return "[" * depth + "]" * depth


# What any field may be sent: JSON as text.
VALUES = [
    "null", "true", "false", "0", "1", "-1", "2147483648", "4294967296", "9223372036854775807", "1.5", "-0.0", "1e308",
    '""', '" "', '"0"', '"1"', '"-1"', '"true"', '"null"', '"a"', '"A-b"',
    *(json.dumps("a" * size) for size in (256, 257, 1000, 70000)),
    *(json.dumps("ü" * size) for size in (10, 40, 128, 129, 5000)),
    *map(json.dumps, [
        "../../etc/passwd", "%s%n%x%99999d", "'; drop table peer; --", '<script>"&', "\n[Peer]\nPublicKey = x", "a\r\nX: y",
        "\t", "\x7f", "\x1b[31m", "\u202eabc", "e\u0301" * 30, "\U0001f600" * 40, "\ufeffa", "\ufdfa" * 100, "\u2028",
        "\ud7ff\uffff", "a=b=c", "a,b", "a b", "-", "--force", "$(id)", "`id`", "\\", "peer:", "peer:nobody", "site:laptop",
        "user:", "group:" + "g" * 200, "any", "internet", "hub", "laptop", "all", "none", "default", "never",
        "0.0.0.0/0", "::/0", "10.0.0.1/24", "10.0.0.0/33", "10.0.0.0/08", "10.66.0.0/24", "fe80::/10", "224.0.0.0/4",
        "100.64.0.0/10", "127.0.0.1", "1.2.3", "010.0.0.1", "::ffff:1.2.3.4", "fd00::1%lo", "192.168.88.0/24=10.0.0.0/8",
        "10.1.0.0/24=", "=10.1.0.0/24", "0d", "-1d", "1y", "99999999999999999999d", "1 d", "0x10", "1e3", "65536", "0-1",
        "9-1", "1-65536", "A" * 43 + "=", "A" * 44, "1ba883ebd248335fb4b015ae0af8fd7ceee72dfba1e504d714da7e5fbcea1a01",
    ]),
    "[]", "[[]]", "[null]", "[{}]", "[1]", '[""]', "[true]", '["a","a"]', json.dumps(["a"] * 65), json.dumps(["10.9.8.0/24"] * 65),
    json.dumps(["b" * 300]), json.dumps(["\n"]), json.dumps([f"10.{n}.0.0/16" for n in range(70)]), json.dumps(["1"] * 2000),
    "{}", '{"a":1}', '{"__proto__":{}}', _nested(60),
]  # fmt: skip

# What is no JSON, or none that the hub takes.
MALFORMED = [
    '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', "1e400", "9223372036854775808", "-9223372036854775809",
    _nested(3000), '{"a":1,"a":2}', "nul", "[1,]", "'a'", "01", "+1", ".5", "NaN", "Infinity", '"\\x41"', '"open', "{", "[",
]  # fmt: skip

QUERY_TEXTS = [
    "", " ", "0", "1", "-1", "+1", "1.0", "1e3", "0x10", "999", "1000", "1001", "2147483648", "9223372036854775807",
    "9223372036854775808", "99999999999999999999999", "yes", "no", "true", "YES", "tru", "null", "[]", "{}", "a", "a,b",
    ",", ",,,", "a" * 100, "a" * 101, "a" * 257, "a" * 20000, "ü" * 50, "ü" * 51, "\n", "\x7f", "\u202e", "%00", "%",
    "..", "'; drop table peer; --", "%s%n", "wg-quick", "WG-QUICK", "client", "png", "tcp", "10.0.0.0/8", "10.0.0.1/8",
    "0.0.0.0/0,::/0", ",".join(["10.0.0.0/8"] * 33), "peer:laptop", "peer:nobody", "site:office", "any", "internet",
]  # fmt: skip

NAMES = ["x", "", " ", "a" * 61, "a" * 5000, "__proto__", "ID", "id", "dry_run", "\n", "\u202e", "name ", "Name", "ñ", "a[0]", "\U0001f600"]
SLOW = ("/backups", "/admins", "/session", "/setup")  # a passphrase or password is hashed, all there is is copied
# Their examples show the shape alone: what is in them is no certificate, no backup, nobody's password or code; no appliance.
SHAPES = re.compile("/tls/import|/tls/acme|/backups/upload|/box|/tokens$|/setup|/session|/links/open|.*/(password|totp|passkeys)")
METHODS = ["PUT", "HEAD", "OPTIONS", "TRACE", "get", "G", "GETS", "POST ", "DELETE"]


class Maker:
    """`words`: what stands for each word of a path; `others`: ids of other objects, by word."""

    def __init__(self, document, words, others):
        self.document, self.words, self.others = document, words, others
        self.random = random.Random(20260504)

    # ---- a good request ----

    def path(self, operation, words=None):
        words = {**self.words, **(words or {})}
        unknown = [word for word in operation.words if word not in words]
        assert not unknown, f"the scene has nothing that stands for {unknown} of {operation.path}"
        return re.sub(r"{(\w+)}", lambda match: words[match[1]], operation.path)

    def query(self, operation):
        query = {name: _as_text(value) for name, value in operation.query_example.items()}
        return {**query, "dry_run": "1"} if operation.changes else query

    def request(self, operation, **changed):
        body = None if operation.body is None else json.dumps(operation.body_example)
        request = Request(operation.method, self.path(operation), self.query(operation), {}, body)
        return dataclasses.replace(request, **changed)

    def good(self, operation):
        return EITHER if SHAPES.match(operation.path) else ACCEPTED

    def example(self, operation):
        return Case(f"{operation.id}: its example", operation, self.request(operation), self.good(operation))

    # ---- fields ----

    def _field_values(self, schema):
        schema = self.document.follow(schema)
        values = list(VALUES)
        for key, steps in (("minimum", (-1, 0)), ("maximum", (0, 1))):
            values += [str(schema[key] + step) for step in steps if key in schema]
        words = schema.get("enum", schema.get("items", {}).get("enum", []))
        for word in filter(None, words):
            values += [json.dumps(each) for each in (word, word.upper(), f"{word} ", f"{word}|", word[:-1], [word], [word] * 3)]
        for limit in {schema.get("maxLength"), schema.get("items", {}).get("maxLength")} - {None}:
            values += [json.dumps("b" * size) for size in (limit, limit + 1)]
        return values

    def fields(self, operation):
        for name, schema in (operation.body or {}).get("properties", {}).items():
            for value in self._field_values(schema):
                body = {**operation.body_example, name: json.loads(value)}
                wrong = self.document.wrong(body[name], schema)
                title = f"{operation.id}: {name} = {value:.60}"
                request = self.request(operation, body=json.dumps(body))
                yield Case(title, operation, request, REFUSED if wrong else EITHER, name if wrong else None)
            for value in MALFORMED:
                rest = {key: each for key, each in operation.body_example.items() if key != name}
                body = json.dumps({**rest, name: "@"}).replace('"@"', value)
                yield Case(f"{operation.id}: {name} = {value:.60}", operation, self.request(operation, body=body), REFUSED)

    def bodies(self, operation):
        if operation.body is None:
            for body in ('{"x":1}', "[]", '"a"', "1", '{"name":"x"}'):
                yield Case(f"{operation.id}: a body", operation, self.request(operation, body=body), REFUSED)
            return
        example = operation.body_example
        for name in operation.body.get("required", []):
            body = json.dumps({key: each for key, each in example.items() if key != name})
            yield Case(f"{operation.id}: without {name}", operation, self.request(operation, body=body), REFUSED, name)
        for name in NAMES:
            if name in operation.body["properties"]:
                continue
            body = json.dumps({**example, name: 1})
            yield Case(f"{operation.id}: with {name!r:.40}", operation, self.request(operation, body=body), REFUSED, name)
        for name in example:
            body = f'{json.dumps(example)[:-1]}, "{name}": {json.dumps(example[name])}}}'
            yield Case(f"{operation.id}: {name} twice", operation, self.request(operation, body=body), REFUSED)
        many = json.dumps({f"x{number}": 1 for number in range(2000)})
        large = json.dumps({**example, "x": "a" * 300000})
        for body in ("[]", "1", '"a"', "true", json.dumps([example]), _nested(1000), many, large):
            yield Case(f"{operation.id}: {body[:30]}", operation, self.request(operation, body=body), REFUSED)
        if operation.body.get("required"):
            yield Case(f"{operation.id}: no body", operation, self.request(operation, body=None), REFUSED)

    def mixed(self, operation, count):
        """Several fields at once."""
        properties = (operation.body or {}).get("properties", {})
        for number in range(count if properties else 0):
            body = copy.deepcopy(operation.body_example)
            for name in self.random.sample(sorted(properties), self.random.randint(1, len(properties))):
                body[name] = json.loads(self.random.choice(VALUES))
            wrong = self.document.wrong(body, operation.body)
            request = self.request(operation, body=json.dumps(body))
            yield Case(f"{operation.id}: mix {number}", operation, request, REFUSED if wrong else EITHER)

    # ---- queries and headers ----

    def queries(self, operation):
        base = self.query(operation)
        for name, parameter in operation.query.items():
            words = [word for each in parameter["schema"].get("enum", []) for word in (each, each.upper(), f" {each}")]
            for text in QUERY_TEXTS + words:
                if name == "dry_run" and text in ("0", "no", "false"):
                    continue  # it would be done
                wrong = self.document.wrong(_from_text(parameter["schema"], text), parameter["schema"])
                request = self.request(operation, query={**base, name: text})
                expected = REFUSED if wrong and not _is_odd(text) else EITHER
                yield Case(f"{operation.id}: {name}={text!r:.40}", operation, request, expected, name if expected == REFUSED else None)
            if parameter.get("required"):
                query = {key: text for key, text in base.items() if key != name}
                yield Case(f"{operation.id}: without {name}", operation, self.request(operation, query=query), REFUSED, name)
        for name in NAMES:
            if name not in operation.query:
                request = self.request(operation, query={**base, name: "1"})
                yield Case(f"{operation.id}: ?{name!r:.40}", operation, request, REFUSED, name)

    def headers(self, operation):
        good = self.good(operation)
        cases = [("If-Match", '"r999999"', REFUSED), ("If-Match", "*", good)] if "If-Match" in operation.headers else []
        cases += [("Idempotency-Key", "k" * 128, good)] if "Idempotency-Key" in operation.headers else []
        for name in operation.headers:
            cases += [(name, text, REFUSED) for text in ("", "a" * 129, "\x00", "a\nb", "\x7f", "a" * 10000)]
            cases += [(name, text, EITHER) for text in ("W/*", '"', "ü", "%s%n", "'")]
        for name, text, expected in cases:
            yield Case(f"{operation.id}: {name}: {text!r:.40}", operation, self.request(operation, headers={name: text}), expected)

    # ---- paths ----

    def paths(self, operation):
        path = self.path(operation)
        tricks = [
            f"{path}/", f"{path}//", f"/{path}", f"{path}/..", f"{path}/.", f"{path}%", f"{path}%2", f"{path}%zz", f"{path}%00",
            f"{path}%2f", f"{path}?x=1", f"{path}#x", f"{path};a=b", f"{path} ", f"{path}\\", f"{path}/x/y/z/w/v/u/t",
            f"{path}/{'a' * 900}", f"{path}{'/a' * 500}", path.upper(), path.replace("/", "//"), path.replace("/", "%2f"),
            f"/..{path}", f"/%2e%2e{path}", f"/./{path}", path[:-1], path[1:], f"/api/v1{path}", f"http://x{path}", f"{path}%ff%fe",
            f"{path}é", f"{path}\x7f",
        ]  # fmt: skip
        for trick in tricks:
            if self.document.operation(operation.method, trick) is None:
                yield Case(f"{operation.method} {trick!r:.60}", None, self.request(operation, path=trick), REFUSED)
        for method in METHODS:
            if self.document.operation(method, path) is None:
                yield Case(f"{method} {path}", None, self.request(operation, method=method), REFUSED)

    def strangers(self, operation):
        """Ids that are none, or of other objects."""
        for word in operation.words:
            none = ["nobodyxx", "0", "999999", "a" * 900, "%25", "%2e%2e", "%C3%BC", "%0a", "%ff", "x%2f..%2fy", "'", "%s%n", "-1"]
            others = [self.words[other] for other in self.words if other != word and self.words[other] != self.words[word]]
            same = self.others.get(word, [])
            for text in none + others + same:
                # Another instance is one, without what is of the first.
                expected = EITHER if text in same and operation.words == [word] else REFUSED
                request = self.request(operation, path=self.path(operation, {word: text}))
                yield Case(f"{operation.id}: {word} = {text:.30}", operation, request, expected)

    def all(self):
        """Of what takes long, a twentieth."""
        for number, case in enumerate(self._all()):
            if number % 20 == 0 or not case.request.path.startswith(SLOW):
                yield case

    def _all(self):
        for operation in self.document.operations:
            for make in (self.fields, self.bodies, self.queries, self.headers, self.paths, self.strangers):
                yield from make(operation)
            yield from self.mixed(operation, 60)


def _as_text(value):
    if isinstance(value, list):
        return ",".join(map(_as_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_text(schema, text):
    """As the hub turns a query's text into what its field says."""
    kinds = schema.get("type")
    if kinds == "boolean":
        return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(text, text)
    if kinds == "integer" and re.fullmatch(r"\d+", text):
        return int(text)
    if kinds == "array":
        return [each.lstrip(" ") for each in text.split(",")] if text else []
    return text


def _is_odd(text):
    """Whether the hub minds is of no matter."""
    return re.fullmatch(r"0\d+", text) is not None


class SocketTransport:
    """Over the hub's own socket; another way has this one method too."""

    def __init__(self, connect):
        self.connect = connect  # makes a hub.Api
        self.api = None

    def ask(self, request):
        """The status and the body; None for a body that is a stream."""
        if self.api is None:
            self.api = self.connect()
        parts = {"method": request.method, "path": f"/api/v1{request.path}", "query": request.query, "headers": request.headers}
        line = json.dumps(parts)[:-1]
        if request.body is not None:
            line += f', "body": {request.body}'
        self.api.socket.sendall(f"{line}}}\n".encode())
        answer = self.api.line()
        if "body" not in answer or answer["status"] == 413:
            self.api.__exit__()
            self.api = None
        return answer["status"], answer.get("body")


class HttpsTransport:
    """Over HTTPS, as a program does that takes no care of what it sends; with what shows who it is, or without."""

    def __init__(self, host="127.0.0.1", port=443, shown=None):
        self.host, self.port, self.shown = host, port, shown or {}
        self.context = ssl._create_unverified_context()  # the certificate is self-signed
        self.socket = self.file = None
        self.headers = {}  # of the last answer

    def _connect(self):
        plain = socket.create_connection((self.host, self.port), timeout=20)
        self.socket = self.context.wrap_socket(plain, server_hostname=self.host)
        self.file = self.socket.makefile("rb")

    def close(self):
        for each in (self.file, self.socket):
            if each:
                each.close()
        self.socket = self.file = None

    def _bytes(self, request):
        query = f"?{urllib.parse.urlencode(request.query)}" if request.query else ""
        lines = [f"{request.method} /api/v1{request.path}{query} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {text}" for name, text in request.headers.items()]
        lines += [f"{name}: {text}" for name, text in self.shown.items()]
        body = (request.body or "").encode()
        if request.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _read(self, method):
        first = self.file.readline().split(b" ")
        if len(first) < 2:
            raise ConnectionError("no answer")
        self.headers = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, text = line.partition(b":")
            self.headers[name.decode().lower()] = text.strip().decode()
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            self.headers["connection"] = "close"
            return int(first[1]), b""
        if method == "HEAD":
            return int(first[1]), b""
        return int(first[1]), self.file.read(int(self.headers.get("content-length", 0)))

    def ask(self, request):
        """The status and the body; None for what is no JSON."""
        for fresh in (False, True):
            if self.socket is None:
                self._connect()
                fresh = True
            try:
                self.socket.sendall(self._bytes(request))
            except OSError:
                pass  # what was said before it hung up may be there
            try:
                status, body = self._read(request.method)
                break
            except (OSError, ConnectionError):
                self.close()
                if fresh:
                    raise
        if self.headers.get("connection") == "close":
            self.close()
        is_json = body and "json" in self.headers.get("content-type", "")
        return status, json.loads(body) if is_json else None
