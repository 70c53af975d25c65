/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/pki/pki_gnutls.h"

void pki_fingerprint(const struct pki_certificate *certificate,
                     uint8_t ret_fingerprint[static PKI_FINGERPRINT_SIZE])
{
    crypto_hash_sha256(ret_fingerprint, certificate->der, certificate->size);
}

typedef int (*get_name)(gnutls_x509_crt_t crt, const char *oid, unsigned index, unsigned flags,
                        void *text, size_t *size);

static int look_at_name(gnutls_x509_crt_t crt, get_name get, char ret_name[static PKI_NAME_MAX])
{
    size_t size = PKI_NAME_MAX;

    if (get(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret_name, &size) < 0 ||
        strlen(ret_name) != size || !text_is_printable(ret_name, NULL))
        return -EBADMSG;
    return 0;
}

static void look_at_purposes(gnutls_x509_crt_t crt, struct pki_facts *facts)
{
    char oid[64];

    for (unsigned i = 0;; i++) {
        size_t size = sizeof(oid);

        if (gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &size, NULL) < 0)
            return;
        facts->for_server = facts->for_server || text_equal(oid, GNUTLS_KP_TLS_WWW_SERVER);
        facts->for_client = facts->for_client || text_equal(oid, GNUTLS_KP_TLS_WWW_CLIENT);
    }
}

int pki_look(const struct pki_certificate *certificate, struct pki_facts *ret_facts)
{
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL;
    struct pki_facts facts = {0};
    size_t serial_size = sizeof(facts.serial);
    int r = pki_load_certificate(certificate, &crt);

    if (r >= 0)
        r = look_at_name(crt, gnutls_x509_crt_get_dn_by_oid, facts.name);
    if (r >= 0)
        r = look_at_name(crt, gnutls_x509_crt_get_issuer_dn_by_oid, facts.issuer);
    if (r < 0)
        return r;
    if (gnutls_x509_crt_get_serial(crt, facts.serial, &serial_size) < 0)
        return -EBADMSG;
    facts.serial_size = (uint8_t)serial_size;
    facts.not_before = gnutls_x509_crt_get_activation_time(crt);
    facts.not_after = gnutls_x509_crt_get_expiration_time(crt);
    facts.is_ca = gnutls_x509_crt_get_ca_status(crt, NULL) > 0;
    look_at_purposes(crt, &facts);
    *ret_facts = facts;
    return 0;
}

bool pki_is_of(const struct pki_certificate *certificate, const struct pki_certificate *ca)
{
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL, ca_crt = NULL;
    unsigned wrong = 0;

    if (pki_load_certificate(certificate, &crt) < 0 || pki_load_certificate(ca, &ca_crt) < 0)
        return false;
    return gnutls_x509_crt_verify(crt, &ca_crt, 1,
                                  GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                      GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS,
                                  &wrong) >= 0 &&
           wrong == 0;
}

bool pki_key_fits(const struct pki_key *key, const struct pki_certificate *certificate)
{
    _cleanup_crt_ gnutls_x509_crt_t crt = NULL;
    _cleanup_privkey_ gnutls_x509_privkey_t privkey = NULL;
    unsigned char of_key[64], of_crt[64];
    size_t key_size = sizeof(of_key), crt_size = sizeof(of_crt);

    if (pki_load_certificate(certificate, &crt) < 0 || pki_load_key(key, &privkey) < 0)
        return false;
    return gnutls_x509_privkey_get_key_id(privkey, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) >=
               0 &&
           gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, of_crt, &crt_size) >= 0 &&
           key_size == crt_size && memcmp(of_key, of_crt, key_size) == 0;
}
