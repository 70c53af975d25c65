/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/pki/pki_acme.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/pki/pki_gnutls.h"

enum { COORDINATE_SIZE = 32, COORDINATE_TEXT_MAX = 44, COMMON_NAME_MAX = 64 };

DEFINE_CLEANUP(gnutls_x509_crq_t, gnutls_x509_crq_deinit, cleanup_crq)

/* ---- keys ---- */

static int make_key(gnutls_x509_privkey_t *ret_key)
{
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;

    if (gnutls_x509_privkey_init(&key) < 0 ||
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     (unsigned)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                     0) < 0)
        return -EIO;
    *ret_key = TAKE_PTR(key);
    return 0;
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

static int export_key(gnutls_x509_privkey_t key, char **ret_text)
{
    gnutls_datum_t text = {0};

    if (gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                          &text) < 0)
        return -EIO;
    *ret_text = take(&text);
    return 0;
}

int pki_acme_make_key(char **ret_key)
{
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;
    int r = make_key(&key);

    return r < 0 ? r : export_key(key, ret_key);
}

/* ---- an account's thumbprint ---- */

/* 32 bytes, with the zeros that they begin with; GnuTLS may put one before them. */
static int format_coordinate(const gnutls_datum_t *number, char text[static COORDINATE_TEXT_MAX])
{
    uint8_t bytes[COORDINATE_SIZE] = {0};
    const uint8_t *at = number->data;
    size_t size = number->size;

    while (size > COORDINATE_SIZE && !*at)
        at++, size--;
    if (size > COORDINATE_SIZE)
        return -EBADMSG;
    memcpy(bytes + COORDINATE_SIZE - size, at, size);
    sodium_bin2base64(text, COORDINATE_TEXT_MAX, bytes, sizeof(bytes),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return 0;
}

static int hash_key(const gnutls_datum_t *x, const gnutls_datum_t *y,
                    char ret_thumbprint[static 44])
{
    char x_text[COORDINATE_TEXT_MAX], y_text[COORDINATE_TEXT_MAX], json[160];
    uint8_t hash[crypto_hash_sha256_BYTES];
    int r = format_coordinate(x, x_text);

    if (r == 0)
        r = format_coordinate(y, y_text);
    if (r < 0)
        return r;
    snprintf(json, sizeof(json), "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
             x_text, y_text);
    crypto_hash_sha256(hash, (const unsigned char *)json, strlen(json));
    sodium_bin2base64(ret_thumbprint, 44, hash, sizeof(hash),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return 0;
}

int pki_acme_thumbprint(const char *key, char ret_thumbprint[static 44])
{
    const gnutls_datum_t pem = {(unsigned char *)key, (unsigned)strlen(key)};
    _cleanup_privkey_ gnutls_x509_privkey_t loaded = NULL;
    gnutls_ecc_curve_t curve;
    gnutls_datum_t x = {0}, y = {0};

    if (gnutls_x509_privkey_init(&loaded) < 0)
        return -EIO;
    if (gnutls_x509_privkey_import2(loaded, &pem, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN) <
            0 ||
        gnutls_x509_privkey_export_ecc_raw(loaded, &curve, &x, &y, NULL) < 0)
        return -EBADMSG;
    int r = curve == GNUTLS_ECC_CURVE_SECP256R1 ? hash_key(&x, &y, ret_thumbprint) : -EBADMSG;
    gnutls_free(x.data);
    gnutls_free(y.data);
    return r;
}

/* ---- a request ---- */

static int fill(gnutls_x509_crq_t crq, gnutls_x509_privkey_t key, const char *name)
{
    size_t length = strlen(name);

    if (length == 0)
        return -EINVAL;
    if (gnutls_x509_crq_set_version(crq, 1) < 0 || gnutls_x509_crq_set_key(crq, key) < 0 ||
        gnutls_x509_crq_set_subject_alt_name(crq, GNUTLS_SAN_DNSNAME, name, (unsigned)length,
                                             GNUTLS_FSAN_SET) < 0)
        return -EIO;
    /* Names that are too long for a common name are the alternative one alone. */
    if (length <= COMMON_NAME_MAX && gnutls_x509_crq_set_dn_by_oid(crq, GNUTLS_OID_X520_COMMON_NAME,
                                                                   0, name, (unsigned)length) < 0)
        return -EIO;
    return gnutls_x509_crq_sign2(crq, key, GNUTLS_DIG_SHA256, 0) < 0 ? -EIO : 0;
}

int pki_acme_make_request(const char *name, char **ret_key, char **ret_request)
{
    _cleanup_privkey_ gnutls_x509_privkey_t key = NULL;
    _cleanup_(cleanup_crq) gnutls_x509_crq_t crq = NULL;
    gnutls_datum_t text = {0};
    int r = make_key(&key);

    if (r == 0 && gnutls_x509_crq_init(&crq) < 0)
        r = -EIO;
    if (r == 0)
        r = fill(crq, key, name);
    if (r == 0 && gnutls_x509_crq_export2(crq, GNUTLS_X509_FMT_PEM, &text) < 0)
        r = -EIO;
    if (r < 0)
        return r;
    char *request = take(&text);
    r = export_key(key, ret_key);
    if (r < 0)
        free(request);
    else
        *ret_request = request;
    return r;
}
