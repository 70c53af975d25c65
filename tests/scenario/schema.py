# SPDX-License-Identifier: GPL-2.0-or-later
"""The API's own document, and whether an answer is what it says: as much of JSON Schema as the document uses.

An answer may have no member that the document does not have, although the document leaves that open to readers.
"""

import ipaddress
import re

TYPES = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
KNOWN = {
    "$ref", "type", "enum", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "minLength", "maxLength", "pattern", "minimum", "maximum", "anyOf", "oneOf", "format",
    "description", "examples",
}  # fmt: skip


def _is_address(text, kind):
    try:
        kind(text)
    except ValueError:
        return False
    return True


FORMATS = {
    "ipv4": lambda text: _is_address(text, ipaddress.IPv4Address),
    "ipv6": lambda text: _is_address(text, ipaddress.IPv6Address),
    "date-time": lambda text: True,  # its pattern says more
    "int64": lambda value: -(2**63) <= value < 2**63,
}


class Document:
    def __init__(self, document):
        self.document = document
        self.base = document["servers"][0]["url"]
        self.operations = [
            Operation(self, method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "servers"  # where the path begins, of what is not below /api/v1
        ]

    def follow(self, part):
        while "$ref" in part:
            names = part["$ref"].removeprefix("#/").split("/")
            part = self.document
            for name in names:
                part = part[name]
        return part

    def operation(self, method, path):
        """Of a request's path, below the base; None when there is none."""
        found = [each for each in self.operations if each.method == method and each.pattern.fullmatch(path)]
        # "test" is no rule's id.
        return min(found, key=lambda each: each.path.count("{"), default=None)

    def wrong(self, value, schema, closed=True, where="body"):
        """What is wrong with a value, as a text; "" when nothing is."""
        schema = self.follow(schema)
        assert set(schema) <= KNOWN, set(schema) - KNOWN
        for key in ("anyOf", "oneOf"):
            if key in schema:
                said = [self.wrong(value, each, closed, where) for each in schema[key]]
                if all(said) or (key == "oneOf" and said.count("") > 1):
                    return f"{where}: is not {key}: {'; '.join(said)}"
        return self._wrong_itself(value, schema, where) or self._wrong_within(value, schema, closed, where)

    @staticmethod
    def _wrong_itself(value, schema, where):
        types = schema.get("type", list(TYPES))
        types = types if isinstance(types, list) else [types]
        if not any(TYPES[each](value) for each in types):
            return f"{where}: {value!r:.80} is not {types}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{where}: {value!r:.80} is none of {schema['enum']}"
        if isinstance(value, bool) or value is None:
            return ""
        text, number = isinstance(value, str), isinstance(value, int)
        size = len(value) if text else value
        if text and not schema.get("minLength", 0) <= size <= schema.get("maxLength", size):
            return f"{where}: has {size} characters"
        if text and "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
            return f"{where}: {value!r:.80} is not as {schema['pattern']}"
        if number and not schema.get("minimum", size) <= size <= schema.get("maximum", size):
            return f"{where}: {value} is out of range"
        if "format" in schema and (text or number) and not FORMATS[schema["format"]](value):
            return f"{where}: {value!r:.80} is no {schema['format']}"
        return ""

    def _wrong_within(self, value, schema, closed, where):
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                return f"{where}: has {len(value)} items"
            said = (self.wrong(each, schema.get("items", {}), closed, f"{where}[{i}]") for i, each in enumerate(value))
            return next(filter(None, said), "")
        if not isinstance(value, dict):
            return ""
        missing = [name for name in schema.get("required", []) if name not in value]
        if missing:
            return f"{where}: has no {missing}"
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", not (closed and properties))
        for name, each in value.items():
            if name not in properties and rest is False:
                return f"{where}: has a member {name!r:.60}"
            within = properties.get(name, rest if isinstance(rest, dict) else {})
            said = self.wrong(each, within, closed, f"{where}.{name}")
            if said:
                return said
        return ""


class Operation:
    def __init__(self, document, method, path, operation):
        self.document, self.method, self.path = document, method.upper(), path
        self.id, self.responses = operation["operationId"], operation["responses"]
        self.pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        parameters = [document.follow(each) for each in operation.get("parameters", [])]
        self.query = {each["name"]: each for each in parameters if each["in"] == "query"}
        self.headers = {each["name"]: each for each in parameters if each["in"] == "header"}
        self.words = re.findall(r"{(\w+)}", path)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        self.body = document.follow(content["schema"]) if content else None
        self.body_example = content["example"] if content else None
        self.query_example = {name: each["example"] for name, each in self.query.items() if "example" in each}
        self.changes = "dry_run" in self.query

    def wrong_answer(self, status, body, dry_run=False):
        """What is wrong with an answer, as a text; "" when nothing is."""
        response = self.responses.get(str(status))
        if response is None:
            return f"{self.id}: status {status} is not in the document"
        content = self.document.follow(response)["content"]
        schema = content["application/problem+json" if status >= 400 else "application/json"]["schema"]
        if self.changes and status < 400:
            schema = self._of_kind(schema, dry_run)
        said = self.document.wrong(body, schema)
        return f"{self.id}: status {status}: {said}" if said else ""

    @staticmethod
    def _of_kind(schema, dry_run):
        either = schema.get("oneOf", [schema])
        return next(each for each in either if each["$ref"].endswith("DryRun") == dry_run)
