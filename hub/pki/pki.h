/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificates of an instance: its authority (CA), its OpenVPN servers' and its peers'. All of
 * it is plain data in DER; nothing here holds state, opens a file or remembers a key.
 * For the engine alone. Times are CLOCK_REALTIME seconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PKI_CERTIFICATE_MAX = 1024, /* ours have some 500 bytes, 800 with RSA */
    PKI_KEY_MAX = 1280,         /* PKCS#8: 138 bytes, some 1,220 with RSA */
    PKI_NAME_MAX = 65,          /* a common name has 64 characters at most (RFC 5280) */
    PKI_FINGERPRINT_SIZE = 32,
};

enum pki_key_kind {
    PKI_ECDSA_P256,
    PKI_RSA_2048, /* of the legacy server: RouterOS is known to take these. Takes 0.1 to 1 s */
};

struct pki_certificate {
    uint16_t size; /* 0 = none */
    uint8_t der[PKI_CERTIFICATE_MAX];
};

struct pki_key {
    uint16_t size;
    uint8_t der[PKI_KEY_MAX]; /* PKCS#8, not encrypted */
};

/* A certificate and the private key that belongs to it. */
struct pki_identity {
    struct pki_certificate certificate;
    struct pki_key key;
};

void pki_identity_wipe(struct pki_identity *identity); /* fits _cleanup_ */

/* Copies DER that comes from a database. -EBADMSG when it is too long, or no certificate or
 * private key. */
int pki_certificate_read(const void *der, size_t size, struct pki_certificate *ret_certificate);
int pki_key_read(const void *der, size_t size, struct pki_key *ret_key);

/* ---- making them ----
 * Names are common names: 1 to 64 printable ASCII characters, none that would be escaped as text
 * (RFC 4514: , + " \ < > ; = # and spaces around it), -EINVAL otherwise. Every certificate has a
 * random serial of 128 bits, and is valid since PKI_CLOCK_SKEW before `now`. -EIO when GnuTLS
 * fails, which it has no reason to; -EBADMSG when what was given is no certificate or key.
 */
enum {
    PKI_CLOCK_SKEW = 24 * 3600,            /* devices' clocks may be behind, or in another zone */
    PKI_CA_LIFETIME = 20 * 365 * 86400,    /* s */
    PKI_SERVER_LIFETIME = 2 * 365 * 86400, /* s */
};

int pki_make_ca(const char *name, int64_t now, struct pki_identity *ret_ca);
/* The same authority (key, name, key identifier) from now on: what it signed before and profiles
 * that hold its earlier certificate stay good as long as those last. */
int pki_renew_ca(const struct pki_identity *ca, int64_t now, struct pki_certificate *ret_ca);
/* Both end with the CA at the latest. `host` is what devices reach the hub by, as RouterOS compares
 * it (subject alternative name): a host name or an address, NULL = none. */
int pki_issue_server(const struct pki_identity *ca, const char *name, const char *host,
                     enum pki_key_kind kind, int64_t now, struct pki_identity *ret_server);
int pki_issue_client(const struct pki_identity *ca, const char *name, int64_t now,
                     int64_t not_after, struct pki_identity *ret_client);

/* ---- looking at them ---- */

/* SHA-256 of the DER: what OpenVPN tells as tls_digest_sha256_0. */
void pki_fingerprint(const struct pki_certificate *certificate,
                     uint8_t ret_fingerprint[static PKI_FINGERPRINT_SIZE]);

struct pki_facts {
    int64_t not_before, not_after;
    char name[PKI_NAME_MAX];   /* common name */
    char issuer[PKI_NAME_MAX]; /* its issuer's common name */
    uint8_t serial[20];
    uint8_t serial_size;
    bool is_ca, for_server, for_client;
};
int pki_look(const struct pki_certificate *certificate, struct pki_facts *ret_facts); /* -EBADMSG */

/* Did this CA sign it? Its times are not looked at. */
bool pki_is_of(const struct pki_certificate *certificate, const struct pki_certificate *ca);
bool pki_key_fits(const struct pki_key *key, const struct pki_certificate *certificate);
