/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "hub/pki/pki_acme.h"

/* RFC 7515, A.3's key, in PKCS#8; its thumbprint (RFC 7638) worked out by other means. */
static const char known_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"
                                "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"
                                "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"
                                "-----END PRIVATE KEY-----\n";

static void test_thumbprint(void **state)
{
    char thumbprint[44];

    (void)state;
    assert_int_equal(pki_acme_thumbprint(known_key, thumbprint), 0);
    assert_string_equal(thumbprint, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    assert_int_equal(pki_acme_thumbprint("no key", thumbprint), -EBADMSG);
    assert_int_equal(pki_acme_thumbprint("", thumbprint), -EBADMSG);
}

static void test_keys(void **state)
{
    char one[44], other[44];
    char *key, *key2;

    (void)state;
    assert_int_equal(pki_acme_make_key(&key), 0);
    assert_int_equal(pki_acme_make_key(&key2), 0);
    assert_int_equal(pki_acme_thumbprint(key, one), 0);
    assert_int_equal(pki_acme_thumbprint(key2, other), 0);
    assert_int_equal(strlen(one), 43);
    assert_string_not_equal(one, other);
    free(key);
    free(key2);
}

static void test_request(void **state)
{
    char *key, *request, name[64], dn[128];
    size_t size = sizeof(name), dn_size = sizeof(dn);
    gnutls_x509_crq_t crq;
    unsigned type = 0;

    (void)state;
    assert_int_equal(pki_acme_make_request("vpn.example.net", &key, &request), 0);
    const gnutls_datum_t pem = {(unsigned char *)request, (unsigned)strlen(request)};
    assert_int_equal(gnutls_x509_crq_init(&crq), 0);
    assert_int_equal(gnutls_x509_crq_import(crq, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_crq_verify(crq, 0), 0);
    assert_int_equal(gnutls_x509_crq_get_version(crq), 1);
    assert_int_equal(gnutls_x509_crq_get_subject_alt_name(crq, 0, name, &size, &type, NULL),
                     GNUTLS_SAN_DNSNAME);
    assert_memory_equal(name, "vpn.example.net", size);
    assert_int_equal(gnutls_x509_crq_get_dn(crq, dn, &dn_size), 0);
    assert_string_equal(dn, "CN=vpn.example.net");
    assert_null(strstr(request, "PRIVATE"));
    assert_non_null(strstr(key, "BEGIN PRIVATE KEY"));
    gnutls_x509_crq_deinit(crq);
    free(key);
    free(request);
    assert_int_equal(pki_acme_make_request("", &key, &request), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thumbprint),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
