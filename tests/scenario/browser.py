# SPDX-License-Identifier: GPL-2.0-or-later
"""A browser as far as the API sees one: it keeps the cookie, and says where its requests come from."""

import re

import web_client

ORIGIN = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    def __init__(self, source=None):
        self.source = source
        self.cookie = None

    def ask(self, method, path, body=None, headers=()):
        """One request; the answer, whose cookie is kept."""
        sent = dict(headers)
        if method != "GET":
            sent = {**ORIGIN, **sent}
            body = {} if body is None and method != "DELETE" else body
        if self.cookie:
            sent["Cookie"] = self.cookie
        answer = web_client.ask(method, f"/api/v1{path}", body, sent, source=self.source)
        kept = answer.headers.get("set-cookie")
        if kept:
            value = re.match(r"__Host-warren=([^;]*)", kept)[1]
            self.cookie = f"__Host-warren={value}" if value else None
        return answer

    def sign_in(self, name, password, code=None):
        body = {"name": name, "password": password} | ({"code": code} if code else {})
        return self.ask("POST", "/session", body)

    def is_signed_in(self):
        return self.ask("GET", "/session").status == 200


def bearer(token, method, path, body=None, source=None):
    """One request of a program."""
    return web_client.ask(method, f"/api/v1{path}", body, {"Authorization": f"Bearer {token}"}, source=source)
