/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/pki/pki_web.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/pki/pki_gnutls.h"

enum { SERIAL_SIZE = 16, RSA_BITS_MIN = 2048, COMMON_NAME_MAX = 64 };

struct chain {
    gnutls_x509_crt_t items[PKI_WEB_CHAIN_MAX];
    unsigned count;
};

static void chain_done(struct chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++)
        gnutls_x509_crt_deinit(chain->items[i]);
}

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){(unsigned char *)text, (unsigned)strlen(text)};
}

/* ---- making one ---- */

static int add_name(gnutls_x509_crt_t crt, const char *name)
{
    struct address address;

    if (address_parse(name, &address) == 0)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address.bytes,
                                                    (unsigned)address_size(&address),
                                                    GNUTLS_FSAN_APPEND);
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
                                                (unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *const *names,
                size_t count, int64_t now)
{
    unsigned char serial[SERIAL_SIZE], id[64];
    size_t id_size = sizeof(id);
    /* Names that are too long for a common name are among the alternative ones alone. */
    const char *common = strlen(names[0]) <= COMMON_NAME_MAX ? names[0] : "warren";

    randombytes_buf(serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and no leading zero */
    if (gnutls_x509_crt_set_version(crt, 3) < 0 ||
        gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)) < 0 ||
        gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, common,
                                      (unsigned)strlen(common)) < 0 ||
        gnutls_x509_crt_set_activation_time(crt, now - PKI_CLOCK_SKEW) < 0 ||
        gnutls_x509_crt_set_expiration_time(crt, now + PKI_WEB_LIFETIME - PKI_CLOCK_SKEW) < 0 ||
        gnutls_x509_crt_set_basic_constraints(crt, 0, -1) < 0 ||
        gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE) < 0 ||
        gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0) < 0 ||
        gnutls_x509_crt_set_key(crt, key) < 0 ||
        gnutls_x509_crt_get_key_id(crt, 0, id, &id_size) < 0 ||
        gnutls_x509_crt_set_subject_key_id(crt, id, id_size) < 0)
        return -EIO;
    for (size_t i = 0; i < count; i++)
        if (add_name(crt, names[i]) < 0)
            return -EINVAL;
    return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) < 0 ? -EIO : 0;
}

/* GnuTLS's memory is its own to free. */
static char *take(gnutls_datum_t *text)
{
    char *copy = memory_zero(text->size + 1);

    memcpy(copy, text->data, text->size);
    sodium_memzero(text->data, text->size);
    gnutls_free(text->data);
    return copy;
}

int pki_web_make(const char *const *names, size_t count, int64_t now, char **ret_chain,
                 char **ret_key)
{
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL;
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t chain_text = {0}, key_text = {0};

    if (count == 0)
        return -EINVAL;
    if (gnutls_x509_privkey_init(&key) < 0 || gnutls_x509_crt_init(&crt) < 0 ||
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     (unsigned)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                     0) < 0)
        return -EIO;
    int r = fill(crt, key, names, count, now);
    if (r < 0)
        return r;
    if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &chain_text) < 0)
        return -EIO;
    *ret_chain = take(&chain_text);
    if (gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                          &key_text) < 0) {
        free(*ret_chain);
        return -EIO;
    }
    *ret_key = take(&key_text);
    return 0;
}

/* ---- looking at one ---- */

static int wrong(const char **ret_wrong, const char *what)
{
    *ret_wrong = what;
    return -EBADMSG;
}

static int load_chain(const char *text, struct chain *ret_chain, const char **ret_wrong)
{
    const gnutls_datum_t pem = datum(text);
    struct chain chain = {.count = PKI_WEB_CHAIN_MAX};
    int r = gnutls_x509_crt_list_import(chain.items, &chain.count, &pem, GNUTLS_X509_FMT_PEM,
                                        GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

    if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
        return wrong(ret_wrong, "has too many certificates; at most 8 will do");
    if (r <= 0)
        return wrong(ret_wrong, "is no chain of certificates in PEM");
    chain.count = (unsigned)r;
    *ret_chain = chain;
    return 0;
}

static void look_at_names(gnutls_x509_crt_t crt, struct pki_web_facts *facts)
{
    for (unsigned i = 0; facts->name_count < PKI_WEB_NAMES_MAX; i++) {
        char *name = facts->names[facts->name_count];
        size_t size = PKI_WEB_NAME_MAX - 1;
        int kind = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &size, NULL);

        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return;
        if (kind == GNUTLS_SAN_IPADDRESS && (size == 4 || size == 16)) {
            struct address address = {.family = size == 4 ? AF_INET : AF_INET6};

            memcpy(address.bytes, name, size);
            address_format(&address, name);
        } else if (kind == GNUTLS_SAN_DNSNAME) {
            name[size] = 0;
        } else {
            name[0] = 0;
        }
        if (name[0] && text_is_printable(name, NULL))
            facts->name_count++;
    }
}

static void look_at_name(int (*get)(gnutls_x509_crt_t crt, char *text, size_t *size),
                         gnutls_x509_crt_t crt, char ret_name[static PKI_WEB_NAME_MAX])
{
    size_t size = PKI_WEB_NAME_MAX;

    if (get(crt, ret_name, &size) < 0 || !text_is_printable(ret_name, NULL))
        snprintf(ret_name, PKI_WEB_NAME_MAX, "(not readable)");
}

static void look(gnutls_x509_crt_t crt, struct pki_web_facts *ret_facts)
{
    size_t size = sizeof(ret_facts->fingerprint);

    *ret_facts = (struct pki_web_facts){
        .not_before = gnutls_x509_crt_get_activation_time(crt),
        .not_after = gnutls_x509_crt_get_expiration_time(crt),
        .self_signed = gnutls_x509_crt_check_issuer(crt, crt) != 0,
    };
    (void)gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, ret_facts->fingerprint, &size);
    look_at_name(gnutls_x509_crt_get_dn, crt, ret_facts->subject);
    look_at_name(gnutls_x509_crt_get_issuer_dn, crt, ret_facts->issuer);
    look_at_names(crt, ret_facts);
}

int pki_web_look(const char *chain, struct pki_web_facts *ret_facts, const char **ret_wrong)
{
    _cleanup_(chain_done) struct chain loaded = {0};
    int r = load_chain(chain, &loaded, ret_wrong);

    if (r == 0)
        look(loaded.items[0], ret_facts);
    return r;
}

/* ---- judging one ---- */

static int load_key(const char *text, gnutls_x509_privkey_t *ret_key, const char **ret_wrong)
{
    const gnutls_datum_t pem = datum(text);
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;

    if (strstr(text, "ENCRYPTED"))
        return wrong(ret_wrong, "is encrypted; write it without its password");
    if (gnutls_x509_privkey_init(&key) < 0 ||
        gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN) < 0)
        return wrong(ret_wrong, "is no private key in PEM");
    int algorithm = gnutls_x509_privkey_get_pk_algorithm(key);
    unsigned bits = 0;
    (void)gnutls_x509_privkey_get_pk_algorithm2(key, &bits);
    if (algorithm != GNUTLS_PK_ECDSA && algorithm != GNUTLS_PK_RSA)
        return wrong(ret_wrong, "is neither an ECDSA nor an RSA key; those are what browsers take");
    if (algorithm == GNUTLS_PK_RSA && bits < RSA_BITS_MIN)
        return wrong(ret_wrong, "is an RSA key of less than 2048 bits");
    *ret_key = TAKE_PTR(key);
    return 0;
}

static bool is_key_of(gnutls_x509_privkey_t key, gnutls_x509_crt_t crt)
{
    unsigned char of_key[64], of_crt[64];
    size_t key_size = sizeof(of_key), crt_size = sizeof(of_crt);

    return gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) >= 0 &&
           gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, of_crt, &crt_size) >= 0 &&
           key_size == crt_size && memcmp(of_key, of_crt, key_size) == 0;
}

static bool is_for_servers(gnutls_x509_crt_t crt)
{
    return gnutls_x509_crt_check_key_purpose(crt, GNUTLS_KP_TLS_WWW_SERVER, 0) != 0;
}

static int check_links(const struct chain *chain, const char **ret_wrong)
{
    for (unsigned i = 0; i + 1 < chain->count; i++) {
        unsigned status = 0;

        if (gnutls_x509_crt_verify(chain->items[i], &chain->items[i + 1], 1,
                                   GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                       GNUTLS_VERIFY_ALLOW_X509_V1_CA_CRT |
                                       GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS,
                                   &status) < 0 ||
            status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA |
                      GNUTLS_CERT_SIGNATURE_FAILURE))
            return wrong(ret_wrong, "is out of order: each certificate must be signed by the next, "
                                    "the server's own one first");
    }
    return 0;
}

static int check_first(gnutls_x509_crt_t crt, int64_t now, const char **ret_wrong)
{
    if (now >= gnutls_x509_crt_get_expiration_time(crt))
        return wrong(ret_wrong, "has expired");
    if (now < gnutls_x509_crt_get_activation_time(crt))
        return wrong(ret_wrong, "is not valid yet; is the hub's clock right?");
    if (!is_for_servers(crt))
        return wrong(ret_wrong, "is not meant for servers (extended key usage)");
    return 0;
}

int pki_web_check(const char *chain, const char *key, int64_t now, struct pki_web_facts *ret_facts,
                  const char **ret_wrong)
{
    _cleanup_(chain_done) struct chain loaded = {0};
    _cleanup_privkey_ gnutls_x509_privkey_t privkey = NULL;
    int r = load_chain(chain, &loaded, ret_wrong);

    if (r == 0)
        r = check_first(loaded.items[0], now, ret_wrong);
    if (r == 0)
        r = check_links(&loaded, ret_wrong);
    if (r < 0)
        return r;
    r = load_key(key, &privkey, ret_wrong);
    if (r < 0)
        return -EKEYREJECTED;
    if (!is_key_of(privkey, loaded.items[0])) {
        *ret_wrong = "is another certificate's";
        return -EKEYREJECTED;
    }
    look(loaded.items[0], ret_facts);
    return 0;
}
