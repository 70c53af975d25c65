/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/pki/pki.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/pki/pki_gnutls.h"

enum { SERIAL_SIZE = 16 };

static void pki_key_wipe(struct pki_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

void pki_identity_wipe(struct pki_identity *identity)
{
    sodium_memzero(identity, sizeof(*identity));
}

/* ---- between GnuTLS and DER ---- */

int pki_load_certificate(const struct pki_certificate *certificate, gnutls_x509_crt_t *ret_crt)
{
    const gnutls_datum_t der = {(unsigned char *)certificate->der, certificate->size};
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL;

    if (certificate->size > sizeof(certificate->der))
        return -EBADMSG;
    if (gnutls_x509_crt_init(&crt) < 0)
        return -EIO;
    if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) < 0)
        return -EBADMSG;
    *ret_crt = TAKE_PTR(crt);
    return 0;
}

int pki_load_key(const struct pki_key *key, gnutls_x509_privkey_t *ret_privkey)
{
    const gnutls_datum_t der = {(unsigned char *)key->der, key->size};
    _cleanup_privkey_ gnutls_x509_privkey_t privkey = NULL;

    if (key->size > sizeof(key->der))
        return -EBADMSG;
    if (gnutls_x509_privkey_init(&privkey) < 0)
        return -EIO;
    if (gnutls_x509_privkey_import_pkcs8(privkey, &der, GNUTLS_X509_FMT_DER, NULL,
                                         GNUTLS_PKCS_PLAIN) < 0)
        return -EBADMSG;
    *ret_privkey = TAKE_PTR(privkey);
    return 0;
}

static int save_certificate(gnutls_x509_crt_t crt, struct pki_certificate *ret_certificate)
{
    struct pki_certificate certificate = {0};
    size_t size = sizeof(certificate.der);

    if (gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, certificate.der, &size) < 0)
        return -EIO;
    certificate.size = (uint16_t)size;
    *ret_certificate = certificate;
    return 0;
}

static int save_key(gnutls_x509_privkey_t privkey, struct pki_key *ret_key)
{
    _cleanup_(pki_key_wipe) struct pki_key key = {0};
    size_t size = sizeof(key.der);

    if (gnutls_x509_privkey_export_pkcs8(privkey, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN,
                                         key.der, &size) < 0)
        return -EIO;
    key.size = (uint16_t)size;
    *ret_key = key;
    return 0;
}

int pki_certificate_read(const void *der, size_t size, struct pki_certificate *ret_certificate)
{
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL;
    struct pki_certificate certificate = {0};
    int r;

    if (size > sizeof(certificate.der))
        return -EBADMSG;
    certificate.size = (uint16_t)size;
    memcpy(certificate.der, der, size);
    r = pki_load_certificate(&certificate, &crt);
    if (r < 0)
        return r;
    *ret_certificate = certificate;
    return 0;
}

int pki_key_read(const void *der, size_t size, struct pki_key *ret_key)
{
    _cleanup_privkey_ gnutls_x509_privkey_t privkey = NULL;
    _cleanup_(pki_key_wipe) struct pki_key key = {0};
    int r;

    if (size > sizeof(key.der))
        return -EBADMSG;
    key.size = (uint16_t)size;
    memcpy(key.der, der, size);
    r = pki_load_key(&key, &privkey);
    if (r < 0)
        return r;
    *ret_key = key;
    return 0;
}

/* ---- what a certificate says ---- */

/* All that differs between the three kinds of certificates. */
struct wish {
    const char *name, *host;
    int64_t not_before, not_after;
    const char *purpose; /* NULL: an authority */
    unsigned usage;
};

static bool name_fits(const char *name)
{
    size_t length = strlen(name);

    for (const char *p = name; *p; p++) {
        if (*p < ' ' || *p > '~' || strchr(",+\"\\<>;=#", *p))
            return false;
    }
    return length > 0 && length < PKI_NAME_MAX && name[0] != ' ' && name[length - 1] != ' ';
}

static int set_host(gnutls_x509_crt_t crt, const char *host)
{
    struct address address;

    if (address_parse(host, &address) == 0)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address.bytes,
                                                    (unsigned)address_size(&address),
                                                    GNUTLS_FSAN_SET);
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host,
                                                (unsigned)strlen(host), GNUTLS_FSAN_SET);
}

/* The key identifier is GnuTLS's own digest of the public key: the same one for the same key, so
 * that certificates of a renewed authority chain to both of its certificates. */
static int set_key_identifiers(gnutls_x509_crt_t crt, gnutls_x509_privkey_t issuer_key)
{
    unsigned char id[64];
    size_t size = sizeof(id);
    int r = gnutls_x509_crt_get_key_id(crt, 0, id, &size);

    if (r >= 0)
        r = gnutls_x509_crt_set_subject_key_id(crt, id, size);
    size = sizeof(id);
    if (r >= 0)
        r = gnutls_x509_privkey_get_key_id(issuer_key, 0, id, &size);
    return r < 0 ? r : gnutls_x509_crt_set_authority_key_id(crt, id, size);
}

static int set_serial(gnutls_x509_crt_t crt)
{
    unsigned char serial[SERIAL_SIZE];

    randombytes_buf(serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and no leading zero */
    return gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
}

static int set_wish(gnutls_x509_crt_t crt, const struct wish *wish)
{
    int r = gnutls_x509_crt_set_version(crt, 3);

    if (r >= 0)
        r = set_serial(crt);
    if (r >= 0)
        r = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, wish->name,
                                          (unsigned)strlen(wish->name));
    if (r >= 0)
        r = gnutls_x509_crt_set_activation_time(crt, wish->not_before);
    if (r >= 0)
        r = gnutls_x509_crt_set_expiration_time(crt, wish->not_after);
    if (r >= 0) /* an authority signs devices only, no further authorities */
        r = gnutls_x509_crt_set_basic_constraints(crt, !wish->purpose, wish->purpose ? -1 : 0);
    if (r >= 0)
        r = gnutls_x509_crt_set_key_usage(crt, wish->usage);
    if (r >= 0 && wish->purpose)
        r = gnutls_x509_crt_set_key_purpose_oid(crt, wish->purpose, 0);
    return r >= 0 && wish->host ? set_host(crt, wish->host) : r;
}

/* `issuer` NULL: signed by itself. */
static int certify(const struct wish *wish, gnutls_x509_privkey_t key, gnutls_x509_crt_t issuer,
                   gnutls_x509_privkey_t issuer_key, struct pki_certificate *ret_certificate)
{
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL;

    if (!name_fits(wish->name) || (wish->host && !name_fits(wish->host)) ||
        wish->not_before >= wish->not_after)
        return -EINVAL;
    if (gnutls_x509_crt_init(&crt) < 0 || set_wish(crt, wish) < 0 ||
        gnutls_x509_crt_set_key(crt, key) < 0 || set_key_identifiers(crt, issuer_key) < 0 ||
        gnutls_x509_crt_sign2(crt, issuer ? issuer : crt, issuer_key, GNUTLS_DIG_SHA256, 0) < 0)
        return -EIO;
    return save_certificate(crt, ret_certificate);
}

static int make_key(enum pki_key_kind kind, gnutls_x509_privkey_t *ret_privkey)
{
    _cleanup_privkey_ gnutls_x509_privkey_t privkey = NULL;
    bool rsa = kind == PKI_RSA_2048;

    if (gnutls_x509_privkey_init(&privkey) < 0 ||
        gnutls_x509_privkey_generate(
            privkey, rsa ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA,
            rsa ? 2048 : (unsigned)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) < 0)
        return -EIO;
    *ret_privkey = TAKE_PTR(privkey);
    return 0;
}

/* ---- authorities ---- */

static struct wish ca_wish(const char *name, int64_t now)
{
    return (struct wish){
        .name = name,
        .not_before = now - PKI_CLOCK_SKEW,
        .not_after = now + PKI_CA_LIFETIME,
        .usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN,
    };
}

int pki_make_ca(const char *name, int64_t now, struct pki_identity *ret_ca)
{
    _cleanup_(pki_identity_wipe) struct pki_identity ca = {0};
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;
    const struct wish wish = ca_wish(name, now);
    int r = make_key(PKI_ECDSA_P256, &key);

    if (r >= 0)
        r = certify(&wish, key, NULL, key, &ca.certificate);
    if (r >= 0)
        r = save_key(key, &ca.key);
    if (r < 0)
        return r;
    *ret_ca = ca;
    return 0;
}

int pki_renew_ca(const struct pki_identity *ca, int64_t now, struct pki_certificate *ret_ca)
{
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;
    struct pki_facts facts;
    int r = pki_look(&ca->certificate, &facts);

    if (r >= 0)
        r = pki_load_key(&ca->key, &key);
    if (r < 0)
        return r;

    const struct wish wish = ca_wish(facts.name, now);
    return certify(&wish, key, NULL, key, ret_ca);
}

/* ---- what they sign ---- */

static int issue(const struct pki_identity *ca, enum pki_key_kind kind, struct wish *wish,
                 struct pki_identity *ret_identity)
{
    _cleanup_(pki_identity_wipe) struct pki_identity identity = {0};
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL, ca_key = NULL;
    _cleanup_crt_ gnutls_x509_crt_t ca_crt = NULL;
    int r = pki_load_certificate(&ca->certificate, &ca_crt);

    if (r >= 0)
        r = pki_load_key(&ca->key, &ca_key);
    if (r >= 0)
        r = make_key(kind, &key);
    if (r < 0)
        return r;

    int64_t end = gnutls_x509_crt_get_expiration_time(ca_crt);
    if (wish->not_after > end)
        wish->not_after = end;
    r = certify(wish, key, ca_crt, ca_key, &identity.certificate);
    if (r >= 0)
        r = save_key(key, &identity.key);
    if (r < 0)
        return r;
    *ret_identity = identity;
    return 0;
}

int pki_issue_server(const struct pki_identity *ca, const char *name, const char *host,
                     enum pki_key_kind kind, int64_t now, struct pki_identity *ret_server)
{
    struct wish wish = {
        .name = name,
        .host = host,
        .not_before = now - PKI_CLOCK_SKEW,
        .not_after = now + PKI_SERVER_LIFETIME,
        .purpose = GNUTLS_KP_TLS_WWW_SERVER,
        .usage = GNUTLS_KEY_DIGITAL_SIGNATURE |
                 (kind == PKI_RSA_2048 ? GNUTLS_KEY_KEY_ENCIPHERMENT : 0u),
    };

    return issue(ca, kind, &wish, ret_server);
}

int pki_issue_client(const struct pki_identity *ca, const char *name, int64_t now,
                     int64_t not_after, struct pki_identity *ret_client)
{
    struct wish wish = {
        .name = name,
        .not_before = now - PKI_CLOCK_SKEW,
        .not_after = not_after,
        .purpose = GNUTLS_KP_TLS_WWW_CLIENT,
        .usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
    };

    return issue(ca, PKI_ECDSA_P256, &wish, ret_client);
}
