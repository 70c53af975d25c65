# SPDX-License-Identifier: GPL-2.0-or-later
"""The web's TLS: certificates made, shown and brought, and testssl.sh's judgement."""

import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess

import hub
import pytest
from hub import warren
from net import run
from web_client import CONTEXT, HOST, Client

# What it says of a name that is not in the DNS, and of a certificate that nobody else knows.
NOT_OURS = {"engine_problem", "DNS_CAArecord", "OCSP_stapling", "cert_revocation"}


def _shown():
    with Client() as client:
        return client.socket.getpeercert(True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A CA, and a maker of certificates that it signs: paths of chain and key."""
    folder = tmp_path_factory.mktemp("ca")
    ca = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run("openssl", "req", "-x509", *ca, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-subj", "/CN=CA", "-days", "900",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip

    def make(name, key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), days=365, usage="serverAuth"):
        paths = {part: folder / f"{name}.{part}" for part in ("key", "request", "leaf", "pem", "ext")}
        run("openssl", "req", *key, "-nodes", "-keyout", paths["key"], "-out", paths["request"], "-subj", f"/CN={name}")
        paths["ext"].write_text(f"subjectAltName=DNS:localhost,DNS:{name},IP:127.0.0.1\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        run("openssl", "x509", "-req", "-in", paths["request"], "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
            "-days", days, "-extfile", paths["ext"], "-out", paths["leaf"])  # fmt: skip
        paths["pem"].write_text(paths["leaf"].read_text() + (folder / "ca.pem").read_text())
        return paths["pem"], paths["key"]

    make.ca = folder / "ca.pem"
    yield make
    shutil.rmtree(folder)


def test_a_certificate_is_brought_and_shown_at_once(hub, authority):
    chain, key = authority("hub.example")
    with Client() as before:
        own = before.socket.getpeercert(True)
        warren("tls", "import", chain, key)
        # An open connection goes on with what it was shown.
        assert before.ask("GET", "/").status == 200
    assert _shown() != own
    strict = ssl.create_default_context(cafile=authority.ca)
    with strict.wrap_socket(socket.create_connection((HOST, 443)), server_hostname="hub.example") as client:
        assert client.getpeercert()["subject"] == ((("commonName", "hub.example"),),)
    told = warren("tls", "show")
    assert (told["source"], told["issuer"]) == ("imported", "CN=CA") and "hub.example" in told["names"]
    entry = warren("audit", "list", "--limit", "1")["items"][0]
    assert entry["action"] == "tls.import" and "PRIVATE" not in json.dumps(entry)


def test_of_another_name_and_back_to_the_hubs_own(hub, authority):
    chain, key = authority("stranger.example")
    plan = warren("tls", "import", chain, key, "--dry-run")
    assert "names none of the hub's names" in plan["would"]["warning"]
    told = warren("tls", "import", chain, key)
    assert "names none of the hub's names" in told["warning"] and warren("tls", "show")["warning"] == told["warning"]
    kinds = [item["kind"] for item in warren("attention", "list")["items"]]
    assert "web-certificate-name" in kinds
    brought = _shown()
    made = warren("tls", "self-signed")
    assert made["source"] == "self-signed" and made["warning"] is None
    assert hub.wait_until(lambda: _shown() != brought, 5)
    hub.wait_until(lambda: "web-certificate-name" not in [i["kind"] for i in warren("attention", "list")["items"]], 12)
    assert "web-certificate-name" not in [item["kind"] for item in warren("attention", "list")["items"]]


def test_it_outlives_restarts(hub, authority):
    chain, key = authority("again.example", key=("-newkey", "rsa:2048"))
    warren("tls", "import", chain, key)
    shown = _shown()
    hub.stop()
    hub.start()
    assert _shown() == shown
    hub.kill("warren-web")
    assert hub.wait_until(lambda: hub.processes("warren-web"), 5)
    assert hub.wait_until(lambda: _shown() == shown, 5)


def test_what_would_not_do_is_refused(hub, authority, tmp_path):
    chain, key = authority("one.example")
    other_chain, other_key = authority("two.example")
    weak_chain, weak_key = authority("weak.example", key=("-newkey", "rsa:1024"))
    client_chain, client_key = authority("client.example", usage="clientAuth")
    turned, locked, binary = tmp_path / "turned.pem", tmp_path / "locked.key", tmp_path / "binary.pem"
    turned.write_text(authority.ca.read_text() + chain.read_text())
    run("openssl", "pkcs8", "-topk8", "-in", key, "-out", locked, "-passout", "pass:secret")
    binary.write_bytes(b"-----BEGIN CERTIFICATE-----\n\x01\x02\n-----END CERTIFICATE-----\n")
    shown = _shown()
    for bad_chain, bad_key, word in (
        (chain, other_key, "another certificate"),
        (other_chain, key, "another certificate"),
        (key, key, "no chain"),
        (chain, chain, "no private key"),
        (weak_chain, weak_key, "2048"),
        (client_chain, client_key, "servers"),
        (turned, key, "order"),
        (chain, locked, "encrypted"),
        (binary, key, "PEM"),
    ):
        with pytest.raises(hub.Refused) as refused:
            warren("tls", "import", bad_chain, bad_key)
        assert word in refused.value.text
    assert _shown() == shown


def test_what_it_speaks(hub):
    """Both versions, HTTP/1.1 alone, and at the first start a certificate of an elliptic curve, signed by itself."""
    warren("tls", "self-signed")
    assert hub.wait_until(lambda: warren("tls", "show")["source"] == "self-signed", 5)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(socket.create_connection((HOST, 443)), server_hostname="localhost") as client:
            assert client.version() == version.name.replace("_", ".") and client.selected_alpn_protocol() == "http/1.1"
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(64).startswith(b"HTTP/1.1 200 ")
            certificate = client.getpeercert(True)
    text = run("openssl", "x509", "-noout", "-text", "-issuer", "-subject", input=ssl.DER_cert_to_PEM_cert(certificate)).stdout
    assert "id-ecPublicKey" in text and "prime256v1" in text and "ecdsa-with-SHA256" in text
    names = {line.split("=", 1)[0]: line.split("=", 1)[1] for line in text.splitlines() if line.startswith(("issuer", "subject"))}
    assert names["issuer"] == names["subject"]


def test_old_versions_and_ciphers_are_not_spoken(hub):
    for option in ("-tls1", "-tls1_1"):
        done = run("openssl", "s_client", "-connect", f"{HOST}:443", option, "-cipher", "ALL:@SECLEVEL=0", check=False, input="")
        assert "New, (NONE)" in done.stdout
    for suite in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384"):
        done = run("openssl", "s_client", "-connect", f"{HOST}:443", "-tls1_2", "-cipher", suite + ":@SECLEVEL=0", check=False, input="")
        assert "New, (NONE)" in done.stdout
    assert CONTEXT.minimum_version <= ssl.TLSVersion.TLSv1_2


def test_testssl_finds_nothing(hub, authority, tmp_path):
    """Nothing that is worse than "ok"."""
    chain, key = authority("localhost")
    warren("tls", "import", chain, key)
    report = tmp_path / "report.json"
    environment = {**os.environ, "OPENSSL_TIMEOUT": "5", "CONNECT_TIMEOUT": "5"}
    subprocess.run(
        ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", HOST, "--add-ca", authority.ca,
         "--jsonfile", report, "https://localhost:443"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)  # fmt: skip
    findings = json.loads(report.read_text())
    assert sum(each["severity"] == "OK" for each in findings) > 30
    worse = [each for each in findings if each["severity"] not in ("OK", "INFO", "DEBUG") and each["id"] not in NOT_OURS]
    assert not worse, worse
