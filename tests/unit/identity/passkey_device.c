/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "passkey_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

void device_init(struct device *device, gnutls_pk_algorithm_t algorithm, unsigned bits)
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

void device_done(struct device *device)
{
    gnutls_privkey_deinit(device->private_key);
}

void say_client_data(struct said *said, const char *type, const char *origin,
                     const uint8_t challenge[static PASSKEY_CHALLENGE_SIZE])
{
    char text[60];
    sodium_bin2base64(text, sizeof text, challenge, PASSKEY_CHALLENGE_SIZE,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(said->client_data, sizeof said->client_data,
             "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\",\"crossOrigin\":false,"
             "\"other\":[1]}",
             type, text, origin);
}

void say_data(struct said *said, const char *relying_party, uint8_t flags, uint32_t counter)
{
    crypto_hash_sha256(said->data, (const uint8_t *)relying_party, strlen(relying_party));
    said->data[32] = flags;
    for (int i = 0; i < 4; i++)
        said->data[33 + i] = (uint8_t)(counter >> (24 - 8 * i));
    said->size = 37;
}

void say_credential(struct said *said, const struct device *device, const char *relying_party)
{
    say_data(said, relying_party, 0x45, 0);
    memset(said->data + 37, 0, 16);
    said->data[53] = 0;
    said->data[54] = sizeof device->credential;
    memcpy(said->data + 55, device->credential, sizeof device->credential);
    said->size = 55 + sizeof device->credential;
    said->data[said->size++] = 0xa0; /* an empty map in the place of the COSE key */
}

void say_signature(struct said *said, const struct device *device)
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
