/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"
#include "hub/base/text.h"
#include "hub/pki/pki.h"

static const int64_t now = 1790000000; /* 2026 */
static struct pki_identity ca, server, legacy, client;

static int set_up(void **state)
{
    (void)state;
    return pki_make_ca("acme CA", now, &ca) == 0 &&
                   pki_issue_server(&ca, "acme server", "vpn.example.net", PKI_ECDSA_P256, now,
                                    &server) == 0 &&
                   pki_issue_server(&ca, "acme server", "2001:db8::1", PKI_RSA_2048, now,
                                    &legacy) == 0 &&
                   pki_issue_client(&ca, "acmeacme/laptop22", now, now + 365 * 86400, &client) == 0
               ? 0
               : -1;
}

static struct pki_facts look(const struct pki_certificate *certificate)
{
    struct pki_facts facts;

    assert_int_equal(pki_look(certificate, &facts), 0);
    return facts;
}

/* ---- what they say ---- */

static void test_facts(void **state)
{
    const struct {
        const struct pki_identity *identity;
        const char *name;
        int64_t not_after;
        bool is_ca, for_server, for_client;
    } rows[] = {
        {&ca, "acme CA", now + PKI_CA_LIFETIME, true, false, false},
        {&server, "acme server", now + PKI_SERVER_LIFETIME, false, true, false},
        {&legacy, "acme server", now + PKI_SERVER_LIFETIME, false, true, false},
        {&client, "acmeacme/laptop22", now + 365 * 86400, false, false, true},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const struct pki_identity *identity = rows[i].identity;
        struct pki_facts facts = look(&identity->certificate);

        assert_string_equal(facts.name, rows[i].name);
        assert_string_equal(facts.issuer, "acme CA");
        assert_true(facts.not_before == now - PKI_CLOCK_SKEW);
        assert_true(facts.not_after == rows[i].not_after);
        assert_int_equal(facts.is_ca, rows[i].is_ca);
        assert_int_equal(facts.for_server, rows[i].for_server);
        assert_int_equal(facts.for_client, rows[i].for_client);
        assert_int_equal(facts.serial_size, 16);
        assert_true(pki_is_of(&identity->certificate, &ca.certificate));
        assert_true(pki_key_fits(&identity->key, &identity->certificate));
        assert_int_equal(pki_key_fits(&identity->key, &client.certificate), identity == &client);
    }
}

static void test_serials_differ(void **state)
{
    struct pki_identity other;
    struct pki_facts a, b;

    (void)state;
    assert_int_equal(pki_issue_client(&ca, "acmeacme/laptop22", now, now + 86400, &other), 0);
    a = look(&client.certificate);
    b = look(&other.certificate);
    assert_memory_not_equal(a.serial, b.serial, 16);
    assert_memory_not_equal(client.key.der, other.key.der, client.key.size);
}

static void test_end_with_the_authority(void **state)
{
    struct pki_identity late, never;
    int64_t end = now + PKI_CA_LIFETIME;

    (void)state;
    assert_int_equal(pki_issue_client(&ca, "late", now, INT64_MAX, &late), 0);
    assert_true(look(&late.certificate).not_after == end);
    assert_int_equal(pki_issue_client(&ca, "never", end + 2 * PKI_CLOCK_SKEW, INT64_MAX, &never),
                     -EINVAL);
    assert_int_equal(pki_issue_client(&ca, "never", now, now - PKI_CLOCK_SKEW, &never), -EINVAL);
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        int result;
    } rows[] = {
        {"x", 0},
        {"0123456789012345678901234567890123456789012345678901234567890123", 0},
        {"01234567890123456789012345678901234567890123456789012345678901234", -EINVAL},
        {"", -EINVAL},
        {"a\nb", -EINVAL},
        {"\xc3\xa4", -EINVAL},
        {"a,b", -EINVAL},
        {"CN=b", -EINVAL},
        {"a\\", -EINVAL},
        {"a ", -EINVAL},
        {" a", -EINVAL},
        {"acme @ (x) 'y' /z:1_-.", 0},
    };
    struct pki_identity identity;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        assert_int_equal(pki_issue_client(&ca, rows[i].name, now, now + 86400, &identity),
                         rows[i].result);
        if (rows[i].result == 0)
            assert_string_equal(look(&identity.certificate).name, rows[i].name);
        assert_int_equal(pki_make_ca(rows[i].name, now, &identity), rows[i].result);
    }
}

/* ---- of which authority ---- */

static void test_other_authority(void **state)
{
    struct pki_identity other, foreign;

    (void)state;
    assert_int_equal(pki_make_ca("acme CA", now, &other), 0);
    assert_int_equal(pki_issue_client(&other, "acmeacme/laptop22", now, now + 86400, &foreign), 0);
    assert_false(pki_is_of(&foreign.certificate, &ca.certificate));
    assert_false(pki_is_of(&client.certificate, &other.certificate));
    assert_false(pki_is_of(&other.certificate, &ca.certificate));
    /* a client signs nothing */
    assert_int_equal(pki_issue_client(&client, "x", now, now + 86400, &foreign), 0);
    assert_false(pki_is_of(&foreign.certificate, &client.certificate));
}

static void test_renewed_authority(void **state)
{
    struct pki_identity renewed = {.key = ca.key}, later;
    int64_t then = now + 15ll * 365 * 86400;

    (void)state;
    assert_int_equal(pki_renew_ca(&ca, then, &renewed.certificate), 0);
    assert_string_equal(look(&renewed.certificate).name, "acme CA");
    assert_true(look(&renewed.certificate).not_after == then + PKI_CA_LIFETIME);
    assert_true(pki_is_of(&client.certificate, &renewed.certificate));
    assert_int_equal(pki_issue_client(&renewed, "later", then, then + 86400, &later), 0);
    assert_true(pki_is_of(&later.certificate, &ca.certificate));
}

/* ---- DER ---- */

static void test_reading(void **state)
{
    struct pki_certificate certificate = {0};
    struct pki_key key = {0};
    uint8_t large[PKI_KEY_MAX + 1] = {0};

    (void)state;
    assert_int_equal(
        pki_certificate_read(client.certificate.der, client.certificate.size, &certificate), 0);
    assert_memory_equal(&certificate, &client.certificate, sizeof(certificate));
    assert_int_equal(pki_key_read(client.key.der, client.key.size, &key), 0);
    assert_memory_equal(&key, &client.key, sizeof(key));
    assert_int_equal(pki_certificate_read(large, sizeof(large), &certificate), -EBADMSG);
    assert_int_equal(pki_key_read(large, sizeof(large), &key), -EBADMSG);
    assert_int_equal(pki_certificate_read("", 0, &certificate), -EBADMSG);
    assert_int_equal(pki_key_read("", 0, &key), -EBADMSG);
    for (uint16_t size = 0; size < client.certificate.size; size += 13)
        assert_int_equal(pki_certificate_read(client.certificate.der, size, &certificate),
                         -EBADMSG);
    for (uint16_t size = 0; size < client.key.size; size += 13)
        assert_int_equal(pki_key_read(client.key.der, size, &key), -EBADMSG);
    assert_int_equal(pki_certificate_read(client.key.der, client.key.size, &certificate), -EBADMSG);
}

static void test_broken_authority(void **state)
{
    struct pki_identity broken = ca, identity;

    (void)state;
    broken.key.size--;
    assert_int_equal(pki_issue_client(&broken, "x", now, now + 86400, &identity), -EBADMSG);
    assert_int_equal(pki_renew_ca(&broken, now, &identity.certificate), -EBADMSG);
    broken = ca;
    broken.certificate.size = 5;
    assert_int_equal(pki_issue_client(&broken, "x", now, now + 86400, &identity), -EBADMSG);
    assert_false(pki_is_of(&client.certificate, &broken.certificate));
    assert_false(pki_key_fits(&client.key, &broken.certificate));
}

/* Any byte changed: another fingerprint, and no longer of that authority. */
static void test_one_bit(void **state)
{
    uint8_t before[PKI_FINGERPRINT_SIZE], after[PKI_FINGERPRINT_SIZE];

    (void)state;
    pki_fingerprint(&client.certificate, before);
    for (uint16_t i = 0; i < client.certificate.size; i += 7) {
        struct pki_certificate changed = client.certificate;
        struct pki_facts facts;

        changed.der[i] ^= 1;
        pki_fingerprint(&changed, after);
        assert_memory_not_equal(before, after, sizeof(before));
        assert_false(pki_is_of(&changed, &ca.certificate));
        (void)pki_look(&changed, &facts);
    }
}

/* ---- another reader ---- */

static void write_pem(const char *folder, const char *name, const char *label, const uint8_t *der,
                      size_t size)
{
    _cleanup_free_ char *path = text_format("%s/%s", folder, name);
    _cleanup_buf_ struct buf text = {0};
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    pem_add(&text, label, der, size);
    assert_int_equal(fwrite(text.data, 1, text.length, file), text.length);
    fclose(file);
}

static void assert_openssl(const char *folder, const char *command)
{
    _cleanup_free_ char *line = text_format("cd %s && %s", folder, command);
    int status = system(line);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s", command);
}

static void test_openssl(void **state)
{
    static const char *const commands[] = {
        "openssl verify -x509_strict -attime 1790000100 -CAfile ca ca server legacy client "
        ">/dev/null",
        "openssl verify -x509_strict -attime 1790000100 -CAfile renewed server client >/dev/null",
        "openssl verify -attime 1790000100 -CAfile ca -purpose sslserver server legacy >/dev/null",
        "openssl verify -attime 1790000100 -CAfile ca -purpose sslclient client >/dev/null",
        "! openssl verify -attime 1790000100 -CAfile ca -purpose sslclient server >/dev/null 2>&1",
        "! openssl verify -attime 1790000100 -CAfile ca -purpose sslserver client >/dev/null 2>&1",
        "! openssl verify -attime 1990000000 -CAfile ca client >/dev/null 2>&1",
        "! openssl verify -attime 1790000100 -CAfile client server >/dev/null 2>&1",
        "openssl x509 -in server -noout -checkhost vpn.example.net | grep -q 'does match'",
        "openssl x509 -in legacy -noout -checkip 2001:db8::1 | grep -q 'does match'",
        "openssl x509 -in client -noout -text | grep -q 'ASN1 OID: prime256v1'",
        "openssl x509 -in client -noout -text | grep -q 'Signature Algorithm: ecdsa-with-SHA256'",
        "openssl x509 -in legacy -noout -text | grep -q 'Public-Key: (2048 bit)'",
        "test \"$(openssl pkey -in client.key -pubout)\" = "
        "\"$(openssl x509 -in client -noout -pubkey)\"",
        "test \"$(openssl pkey -in legacy.key -pubout)\" = "
        "\"$(openssl x509 -in legacy -noout -pubkey)\"",
    };
    char folder[] = "/tmp/pki-XXXXXX";
    struct pki_certificate renewed;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pki_renew_ca(&ca, now, &renewed), 0);
    write_pem(folder, "ca", PEM_CERTIFICATE, ca.certificate.der, ca.certificate.size);
    write_pem(folder, "renewed", PEM_CERTIFICATE, renewed.der, renewed.size);
    write_pem(folder, "server", PEM_CERTIFICATE, server.certificate.der, server.certificate.size);
    write_pem(folder, "legacy", PEM_CERTIFICATE, legacy.certificate.der, legacy.certificate.size);
    write_pem(folder, "client", PEM_CERTIFICATE, client.certificate.der, client.certificate.size);
    write_pem(folder, "client.key", PEM_PRIVATE_KEY, client.key.der, client.key.size);
    write_pem(folder, "legacy.key", PEM_PRIVATE_KEY, legacy.key.der, legacy.key.size);
    for (size_t i = 0; i < ELEMENTS(commands); i++)
        assert_openssl(folder, commands[i]);
    assert_openssl(folder, "rm -r \"$PWD\"");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_serials_differ),
        cmocka_unit_test(test_end_with_the_authority),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_other_authority),
        cmocka_unit_test(test_renewed_authority),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_broken_authority),
        cmocka_unit_test(test_one_bit),
        cmocka_unit_test(test_openssl),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
