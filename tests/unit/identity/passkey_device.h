/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device with one passkey, which says what an authenticator and a browser say. */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "hub/identity/passkey.h"

struct device {
    gnutls_privkey_t private_key;
    gnutls_sign_algorithm_t algorithm;
    uint8_t public_key[PASSKEY_PUBLIC_KEY_MAX];
    size_t public_key_size;
    uint8_t credential[20];
};

void device_init(struct device *device, gnutls_pk_algorithm_t algorithm, unsigned bits);
void device_done(struct device *device);

struct said {
    char client_data[600];
    uint8_t data[200];
    size_t size;
    uint8_t signature[600];
    size_t signature_size;
};

void say_client_data(struct said *said, const char *type, const char *origin,
                     const uint8_t challenge[static PASSKEY_CHALLENGE_SIZE]);
void say_data(struct said *said, const char *relying_party, uint8_t flags, uint32_t counter);
/* The data of a new passkey: say_client_data() comes first. */
void say_credential(struct said *said, const struct device *device, const char *relying_party);
void say_signature(struct said *said, const struct device *device);
