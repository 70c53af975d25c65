# SPDX-License-Identifier: GPL-2.0-or-later
"""An authority that speaks ACME (RFC 8555) over HTTPS: accounts, orders, HTTP-01, certificates that it really signs.

It checks what an authority checks: each request's signature, its nonce (once), its URL, whose account it is; that the answer to
the challenge is fetched from the name, port 80; that the request (CSR) is for the names of the order. What it is to do wrong, a
test says in `fault`. Any client may talk to it: `python3 acme_server.py` runs one by itself.
"""

import base64
import concurrent.futures
import datetime
import hashlib
import http.client
import http.server
import json
import secrets
import ssl
import threading

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ERROR = "urn:ietf:params:acme:error:"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Problem(Exception):
    def __init__(self, kind, detail, status=403):
        super().__init__(detail)
        self.document = {"type": ERROR + kind, "detail": detail, "status": status}
        self.status = status


def sign(name, key, issuer, issuer_key, not_before, not_after, ca=False, names=()):
    builder = x509.CertificateBuilder().serial_number(x509.random_serial_number()).public_key(key)
    builder = builder.subject_name(name).issuer_name(issuer).not_valid_before(not_before).not_valid_after(not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if ca:
        usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                               "encipher_only", "decipher_only"), False)  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def common(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """`resolve` finds a name's address; `enter` is called in each thread that makes a socket."""

    def __init__(self, host, folder, resolve, enter=lambda: None):
        now = datetime.datetime.utcnow() - datetime.timedelta(days=100)
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        later = now + datetime.timedelta(days=3000)
        self.root = sign(common("Test Root"), self.root_key.public_key(), common("Test Root"), self.root_key, now, later, ca=True)
        self.between = sign(common("Test Authority"), self.key.public_key(), common("Test Root"), self.root_key, now, later, ca=True)
        self.resolve, self.enter = resolve, enter
        self.fault = None  # "rate", "challenge", "finalize", "external", "chain"
        self.lifetime = datetime.timedelta(days=90)
        self.age = datetime.timedelta(0)  # how long ago what is issued began
        self.delay = threading.Event()  # a challenge is answered once it is set
        self.delay.set()
        self.accounts, self.orders, self.challenges, self.certificates = {}, {}, {}, {}
        self.nonces, self.requests, self.fetched, self.lock = set(), [], [], threading.Lock()

        server_key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host)]
        server = sign(common(host), server_key.public_key(), common("Test Root"), self.root_key, now, later, names=names)
        chain, secret = folder / "acme-server.pem", folder / "acme-server.key"
        chain.write_text(pem(server))
        secret.write_bytes(server_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(chain, secret)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            self.server = pool.submit(lambda: (enter(), http.server.ThreadingHTTPServer(("", 0), self._handler()))[1]).result()
        self.server.daemon_threads = True
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.base = f"https://{host}:{self.server.server_address[1]}"
        self.directory = self.base + "/directory"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.delay.set()
        self.server.shutdown()
        self.server.server_close()

    # ---- HTTP ----

    def _handler(authority):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=b"", kind="application/json", **headers):
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                with authority.lock:
                    nonce = secrets.token_urlsafe(16)
                    authority.nonces.add(nonce)
                self.send_response(status)
                for name, value in {"Replay-Nonce": nonce, "Cache-Control": "no-store", **headers}.items():
                    self.send_header(name, value)
                if body or status != 204:
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def fail(self, problem):
                self.answer(problem.status, problem.document, "application/problem+json")

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                authority.requests.append(self.path)
                if self.path == "/directory":
                    meta = {"termsOfService": authority.base + "/terms"}
                    if authority.fault == "external":
                        meta["externalAccountRequired"] = True
                    names = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order", "revokeCert": "revoke", "keyChange": "key"}
                    self.answer(200, {**{name: f"{authority.base}/{path}" for name, path in names.items()}, "meta": meta})
                elif self.path == "/nonce":
                    self.answer(200 if self.command == "HEAD" else 204)
                else:
                    self.answer(404, {})

            def do_POST(self):
                authority.requests.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    if self.headers.get("Content-Type") != "application/jose+json":
                        raise Problem("malformed", "no JOSE", 415)
                    status, answer, headers = authority.take(self.path, body)
                except Problem as problem:
                    self.fail(problem)
                    return
                kind = "application/pem-certificate-chain" if isinstance(answer, bytes) else "application/json"
                self.answer(status, answer, kind, **headers)

        return Handler

    # ---- signatures ----

    @staticmethod
    def _thumbprint(jwk):
        members = {name: jwk[name] for name in sorted(("crv", "kty", "x", "y"))}
        return b64(hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())

    @staticmethod
    def _check(jwk, signed, signature):
        if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256") or len(signature) != 64:
            raise Problem("badSignatureAlgorithm", "ES256 alone", 400)
        numbers = ec.EllipticCurvePublicNumbers(*(int.from_bytes(unb64(jwk[name]), "big") for name in "xy"), ec.SECP256R1())
        encoded = encode_dss_signature(*(int.from_bytes(part, "big") for part in (signature[:32], signature[32:])))
        try:
            numbers.public_key().verify(encoded, signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Problem("unauthorized", "the signature does not hold", 401) from None

    def _open(self, path, body):
        """Whose request it is (account URL or None), its key, its payload ("" is a look)."""
        message = json.loads(body)
        protected = json.loads(unb64(message["protected"]))
        with self.lock:
            if protected.get("nonce") not in self.nonces:
                raise Problem("badNonce", "unknown nonce", 400)
            self.nonces.discard(protected["nonce"])
        if protected.get("url") != self.base + path or protected.get("alg") != "ES256":
            raise Problem("unauthorized", "another URL or algorithm", 401)
        account = protected.get("kid")
        if account is not None and (account not in self.accounts or "jwk" in protected):
            raise Problem("accountDoesNotExist", "no such account", 400)
        jwk = self.accounts[account]["jwk"] if account else protected["jwk"]
        self._check(jwk, f"{message['protected']}.{message['payload']}".encode(), unb64(message["signature"]))
        payload = unb64(message["payload"])
        return account, jwk, json.loads(payload) if payload else None

    # ---- what is asked ----

    def take(self, path, body):
        account, jwk, payload = self._open(path, body)
        if path == "/account":
            return self._account(jwk, payload)
        if not account:
            raise Problem("malformed", "who are you?", 400)
        kind, _, name = path[1:].partition("/")
        known = {"o": self.orders, "a": self.orders, "c": self.challenges, "f": self.orders, "p": self.certificates}
        if kind == "acct":
            return 200, self._account_json(account, payload), {}
        if kind == "order":
            return self._new_order(account, payload)
        thing = (known.get(kind) or {}).get(name)
        if not thing or thing.get("account") != account:
            raise Problem("malformed", "no such thing", 404)
        if kind == "o":
            return 200, self._order_json(thing), {}
        if kind == "a":
            return 200, self._authorization_json(thing), {}
        if kind == "c":
            return 200, self._challenge(thing, payload, jwk), {}
        if kind == "f":
            return 200, self._finalize(thing, payload), {}
        return 200, thing["chain"].encode(), {}

    def _account_json(self, url, payload=None):
        if payload and "contact" in payload:
            self.accounts[url]["contact"] = payload["contact"]
        return {"status": "valid", "contact": self.accounts[url]["contact"], "orders": url + "/orders"}

    def _account(self, jwk, payload):
        thumbprint = self._thumbprint(jwk)
        found = next((url for url, each in self.accounts.items() if each["thumbprint"] == thumbprint), None)
        if found:
            return 200, self._account_json(found), {"Location": found}
        if payload.get("onlyReturnExisting"):
            raise Problem("accountDoesNotExist", "no account has this key", 400)
        if not payload.get("termsOfServiceAgreed"):
            raise Problem("userActionRequired", "agree to the terms")
        url = f"{self.base}/acct/{len(self.accounts) + 1}"
        self.accounts[url] = {"jwk": jwk, "thumbprint": thumbprint, "contact": payload.get("contact", [])}
        return 201, self._account_json(url), {"Location": url}

    def _new_order(self, account, payload):
        if self.fault == "rate":
            raise Problem("rateLimited", "too many certificates for this name", 429)
        names = [each["value"] for each in payload["identifiers"] if each["type"] == "dns"]
        if not names or len(names) != len(payload["identifiers"]):
            raise Problem("rejectedIdentifier", "names alone", 400)
        name = str(len(self.orders) + 1)
        order = {"name": name, "account": account, "names": names, "status": "pending", "authorization": "pending"}
        challenge = {"name": name, "account": account, "order": order, "token": secrets.token_urlsafe(32), "status": "pending"}
        order["challenge"] = challenge
        self.orders[name], self.challenges[name] = order, challenge
        return 201, self._order_json(order), {"Location": f"{self.base}/o/{name}"}

    def _order_json(self, order):
        shown = {
            "status": order["status"],
            "identifiers": [{"type": "dns", "value": each} for each in order["names"]],
            "authorizations": [f"{self.base}/a/{order['name']}"],
            "finalize": f"{self.base}/f/{order['name']}",
        }
        if order["status"] == "valid":
            shown["certificate"] = f"{self.base}/p/{order['name']}"
        return shown

    def _authorization_json(self, order):
        dns = {"type": "dns-01", "url": f"{self.base}/c/dns", "token": secrets.token_urlsafe(32), "status": "pending"}
        challenges = [dns, self._challenge_json(order["challenge"])]
        return {"status": order["authorization"], "identifier": {"type": "dns", "value": order["names"][0]}, "challenges": challenges}

    def _challenge_json(self, challenge):
        shown = {"type": "http-01", "url": f"{self.base}/c/{challenge['name']}", "token": challenge["token"], "status": challenge["status"]}
        if "error" in challenge:
            shown["error"] = challenge["error"]
        return shown

    def _fetch(self, name, token):
        self.enter()
        connection = http.client.HTTPConnection(self.resolve(name), 80, timeout=10)
        try:
            connection.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": name})
            answer = connection.getresponse()
            said = answer.status, answer.read(1024).decode(errors="replace").strip()
        finally:
            connection.close()
        self.fetched.append(said)
        return said

    def _challenge(self, challenge, payload, jwk):
        if payload is None or challenge["status"] != "pending":
            return self._challenge_json(challenge)
        self.delay.wait(60)
        order = challenge["order"]
        wanted = f"{challenge['token']}.{self._thumbprint(jwk)}"
        token = challenge["token"] if self.fault != "challenge" else secrets.token_urlsafe(32)
        try:
            status, said = self._fetch(order["names"][0], token)
            error = None if (status, said) == (200, wanted) else ("unauthorized", f"got {status}, which is not what was asked for")
        except OSError as problem:
            error = ("connection", str(problem))
        challenge["status"] = order["authorization"] = "invalid" if error else "valid"
        order["status"] = "invalid" if error else "ready"
        if error:
            challenge["error"] = {"type": ERROR + error[0], "detail": error[1], "status": 403}
        return self._challenge_json(challenge)

    def _finalize(self, order, payload):
        if order["status"] != "ready":
            raise Problem("orderNotReady", "not yet")
        if self.fault == "finalize":
            raise Problem("serverInternal", "out of order", 500)
        request = x509.load_der_x509_csr(unb64(payload["csr"]))
        alternative = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternative.get_values_for_type(x509.DNSName)
        if not request.is_signature_valid or sorted(names) != sorted(order["names"]):
            raise Problem("badCSR", "another name, or not signed", 400)
        begin = datetime.datetime.utcnow() - self.age
        key = request.public_key() if self.fault != "chain" else ec.generate_private_key(ec.SECP256R1()).public_key()
        leaf = sign(common(names[0]), key, common("Test Authority"), self.key, begin - datetime.timedelta(hours=1),
                    begin + self.lifetime, names=[x509.DNSName(each) for each in names])  # fmt: skip
        self.certificates[order["name"]] = {"account": order["account"], "chain": pem(leaf) + pem(self.between)}
        order["status"] = "valid"
        return self._order_json(order)


if __name__ == "__main__":
    import pathlib
    import sys
    import tempfile

    place = pathlib.Path(tempfile.mkdtemp())
    made = Authority(sys.argv[1] if len(sys.argv) > 1 else "localhost", place, lambda name: "127.0.0.1")
    (place / "root.pem").write_text(pem(made.root))
    print(made.directory, place / "root.pem", flush=True)
    threading.Event().wait()
