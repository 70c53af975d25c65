/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/identity/passkey.h"

/* A device with one passkey, made as an authenticator makes it. */
struct device {
    gnutls_privkey_t private_key;
    gnutls_sign_algorithm_t algorithm;
    uint8_t public_key[PASSKEY_PUBLIC_KEY_MAX];
    size_t public_key_size;
    uint8_t credential[20];
};

static const uint8_t challenge[PASSKEY_CHALLENGE_SIZE] = {1, 2, 3};
static const struct passkey_expected expected = {.relying_party = "vpn.example.net",
                                                 .origin = "https://vpn.example.net",
                                                 .challenge = challenge,
                                                 .user_verified = true};

static void device_init(struct device *device, gnutls_pk_algorithm_t algorithm, unsigned bits)
{
    gnutls_pubkey_t public_key;
    *device =
        (struct device){.algorithm = algorithm == GNUTLS_PK_ECDSA ? GNUTLS_SIGN_ECDSA_SHA256
                                     : algorithm == GNUTLS_PK_RSA ? GNUTLS_SIGN_RSA_SHA256
                                                                  : GNUTLS_SIGN_EDDSA_ED25519};
    assert_int_equal(gnutls_privkey_init(&device->private_key), 0);
    assert_int_equal(gnutls_privkey_generate(device->private_key, algorithm, bits, 0), 0);
    assert_int_equal(gnutls_pubkey_init(&public_key), 0);
    assert_int_equal(gnutls_pubkey_import_privkey(public_key, device->private_key, 0, 0), 0);
    device->public_key_size = sizeof device->public_key;
    assert_int_equal(gnutls_pubkey_export(public_key, GNUTLS_X509_FMT_DER, device->public_key,
                                          &device->public_key_size),
                     0);
    gnutls_pubkey_deinit(public_key);
    randombytes_buf(device->credential, sizeof device->credential);
}

static void device_done(struct device *device)
{
    gnutls_privkey_deinit(device->private_key);
}

struct said {
    char client_data[600];
    uint8_t data[200];
    size_t size;
    uint8_t signature[600];
    size_t signature_size;
};

static void say_client_data(struct said *said, const char *type, const char *origin)
{
    char text[60];
    sodium_bin2base64(text, sizeof text, challenge, sizeof challenge,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(said->client_data, sizeof said->client_data,
             "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\",\"crossOrigin\":false,"
             "\"other\":[1]}",
             type, text, origin);
}

static void say_data(struct said *said, const char *relying_party, uint8_t flags, uint32_t counter)
{
    crypto_hash_sha256(said->data, (const uint8_t *)relying_party, strlen(relying_party));
    said->data[32] = flags;
    for (int i = 0; i < 4; i++)
        said->data[33 + i] = (uint8_t)(counter >> (24 - 8 * i));
    said->size = 37;
}

static void say_new(struct said *said, const struct device *device)
{
    say_client_data(said, "webauthn.create", expected.origin);
    say_data(said, expected.relying_party, 0x45, 0);
    memset(said->data + 37, 0, 16);
    said->data[53] = 0;
    said->data[54] = sizeof device->credential;
    memcpy(said->data + 55, device->credential, sizeof device->credential);
    said->size = 55 + sizeof device->credential;
    said->data[said->size++] = 0xa0; /* an empty map in the place of the COSE key */
}

static void sign(struct said *said, const struct device *device)
{
    uint8_t text[300];
    gnutls_datum_t signature, datum = {text, (unsigned)said->size + 32};
    memcpy(text, said->data, said->size);
    crypto_hash_sha256(text + said->size, (const uint8_t *)said->client_data,
                       strlen(said->client_data));
    assert_int_equal(
        gnutls_privkey_sign_data2(device->private_key, device->algorithm, 0, &datum, &signature),
        0);
    said->signature_size = signature.size;
    memcpy(said->signature, signature.data, signature.size);
    gnutls_free(signature.data);
}

static void say_sign_in(struct said *said, const struct device *device, uint8_t flags,
                        uint32_t counter)
{
    say_client_data(said, "webauthn.get", expected.origin);
    say_data(said, expected.relying_party, flags, counter);
    sign(said, device);
}

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static const char *check_new(const struct said *said, const struct device *device,
                             struct passkey_facts *facts)
{
    const char *wrong = NULL;
    int r = passkey_check_new(
        &expected, (struct bytes){device->credential, sizeof device->credential},
        text_bytes(said->client_data), (struct bytes){said->data, said->size},
        (struct bytes){device->public_key, device->public_key_size}, facts, &wrong);
    assert_int_equal(r, wrong ? -EBADMSG : 0);
    return wrong;
}

static const char *check(const struct said *said, const struct device *device, uint32_t counter)
{
    struct passkey_facts facts;
    const char *wrong = NULL;
    int r = passkey_check_signature(
        &expected, text_bytes(said->client_data), (struct bytes){said->data, said->size},
        (struct bytes){said->signature, said->signature_size},
        (struct bytes){device->public_key, device->public_key_size}, counter, &facts, &wrong);
    assert_int_equal(r, wrong ? -EBADMSG : 0);
    return wrong;
}

static void test_new(void **state)
{
    struct device device, other;
    struct passkey_facts facts;
    struct said said = {0};
    (void)state;
    device_init(&device, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    device_init(&other, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    say_new(&said, &device);
    assert_null(check_new(&said, &device, &facts));
    assert_true(facts.user_verified);
    assert_int_equal(facts.credential.size, sizeof device.credential);
    assert_memory_equal(facts.credential.data, device.credential, sizeof device.credential);
    assert_non_null(check_new(&said, &other, &facts)); /* another id */

    for (size_t size = 0; size < said.size; size++) {
        struct said cut = said;
        cut.size = size;
        assert_non_null(check_new(&cut, &device, &facts));
    }
    said.data[54] = 0;
    assert_non_null(check_new(&said, &device, &facts));
    say_new(&said, &device);
    said.data[53] = 4;
    assert_non_null(check_new(&said, &device, &facts));
    say_new(&said, &device);
    said.data[32] = 0x05; /* no passkey in it */
    assert_non_null(check_new(&said, &device, &facts));
    say_new(&said, &device);
    device.public_key[3] ^= 0x55;
    assert_non_null(check_new(&said, &device, &facts));
    device_done(&device);
    device_done(&other);
}

static void test_sign_in(void **state)
{
    static const struct {
        gnutls_pk_algorithm_t algorithm;
        unsigned bits;
        bool taken;
    } kinds[] = {
        {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), true},
        {GNUTLS_PK_RSA, 2048, true},
        {GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519), true},
        {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), false},
        {GNUTLS_PK_RSA, 1024, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct said said = {0};
        struct device device;
        device_init(&device, kinds[i].algorithm, kinds[i].bits);
        say_sign_in(&said, &device, 0x05, 0);
        const char *wrong = check(&said, &device, 0);
        assert_int_equal(wrong == NULL, kinds[i].taken);
        said.signature[said.signature_size - 1] ^= 1;
        assert_non_null(check(&said, &device, 0));
        device_done(&device);
    }
}

static void test_sign_in_refused(void **state)
{
    struct device device, other;
    struct said said = {0};
    (void)state;
    device_init(&device, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    device_init(&other, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    say_sign_in(&said, &device, 0x05, 0);
    assert_null(check(&said, &device, 0));
    assert_non_null(check(&said, &other, 0));
    say_sign_in(&said, &device, 0x04, 0); /* not present */
    assert_non_null(check(&said, &device, 0));
    say_sign_in(&said, &device, 0x01, 0); /* not verified */
    assert_non_null(check(&said, &device, 0));
    say_sign_in(&said, &device, 0x15, 0); /* backed up, and can't be */
    assert_non_null(check(&said, &device, 0));

    say_client_data(&said, "webauthn.create", expected.origin);
    say_data(&said, expected.relying_party, 0x05, 0);
    sign(&said, &device);
    assert_non_null(check(&said, &device, 0));
    static const char *const origins[] = {"http://vpn.example.net", "https://vpn.example.net:8443",
                                          "https://vpn.example.net.evil.example", "null",
                                          "https://VPN.example.net"};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        say_client_data(&said, "webauthn.get", origins[i]);
        sign(&said, &device);
        assert_non_null(check(&said, &device, 0));
    }
    say_client_data(&said, "webauthn.get", expected.origin);
    say_data(&said, "evil.example", 0x05, 0);
    sign(&said, &device);
    assert_non_null(check(&said, &device, 0));
    snprintf(said.client_data, sizeof said.client_data,
             "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"origin\":\"%s\"}",
             expected.origin);
    say_data(&said, expected.relying_party, 0x05, 0);
    sign(&said, &device);
    assert_non_null(check(&said, &device, 0));
    device_done(&device);
    device_done(&other);
}

static void test_counter(void **state)
{
    struct device device;
    struct said said = {0};
    (void)state;
    device_init(&device, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    say_sign_in(&said, &device, 0x05, 7);
    assert_null(check(&said, &device, 0));
    assert_null(check(&said, &device, 6));
    assert_non_null(check(&said, &device, 7));
    assert_non_null(check(&said, &device, UINT32_MAX));
    say_sign_in(&said, &device, 0x05, 0);
    assert_null(check(&said, &device, 0));
    assert_non_null(check(&said, &device, 1));
    device_done(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_sign_in_refused),
        cmocka_unit_test(test_counter),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
