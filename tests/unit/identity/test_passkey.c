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

#include <sodium.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/identity/passkey.h"
#include "passkey_device.h"

static const uint8_t challenge[PASSKEY_CHALLENGE_SIZE] = {1, 2, 3};
static const struct passkey_expected expected = {.relying_party = "vpn.example.net",
                                                 .origin = "https://vpn.example.net",
                                                 .challenge = challenge,
                                                 .user_verified = true};

static void say_new(struct said *said, const struct device *device)
{
    say_client_data(said, "webauthn.create", expected.origin, challenge);
    say_credential(said, device, expected.relying_party);
}

static void say_sign_in(struct said *said, const struct device *device, uint8_t flags,
                        uint32_t counter)
{
    say_client_data(said, "webauthn.get", expected.origin, challenge);
    say_data(said, expected.relying_party, flags, counter);
    say_signature(said, device);
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

    say_client_data(&said, "webauthn.create", expected.origin, challenge);
    say_data(&said, expected.relying_party, 0x05, 0);
    say_signature(&said, &device);
    assert_non_null(check(&said, &device, 0));
    static const char *const origins[] = {"http://vpn.example.net", "https://vpn.example.net:8443",
                                          "https://vpn.example.net.evil.example", "null",
                                          "https://VPN.example.net"};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        say_client_data(&said, "webauthn.get", origins[i], challenge);
        say_signature(&said, &device);
        assert_non_null(check(&said, &device, 0));
    }
    say_client_data(&said, "webauthn.get", expected.origin, challenge);
    say_data(&said, "evil.example", 0x05, 0);
    say_signature(&said, &device);
    assert_non_null(check(&said, &device, 0));
    snprintf(said.client_data, sizeof said.client_data,
             "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"origin\":\"%s\"}",
             expected.origin);
    say_data(&said, expected.relying_party, 0x05, 0);
    say_signature(&said, &device);
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
