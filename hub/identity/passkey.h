/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WebAuthn, as much of it as a hub needs: what a browser sends when a passkey is made
 * (attestation "none") and when it signs in. Pure: bytes in, a verdict out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PASSKEY_CHALLENGE_SIZE = 32,
    PASSKEY_CREDENTIAL_MAX = 1023, /* the standard's limit */
    PASSKEY_PUBLIC_KEY_MAX = 1024, /* SubjectPublicKeyInfo in DER */
};

struct bytes {
    const uint8_t *data;
    size_t size;
};

/* What must be so. */
struct passkey_expected {
    const char *relying_party; /* "vpn.example.net" */
    const char *origin;        /* "https://vpn.example.net", with ":PORT" unless it is 443 */
    const uint8_t *challenge;  /* PASSKEY_CHALLENGE_SIZE bytes */
    bool user_verified;        /* it is all that is shown: the device must have asked who it is */
};

struct passkey_facts {
    uint32_t counter;
    bool user_verified, backed_up;
    struct bytes credential; /* of a new one; within the authenticator data */
};

/* A new passkey: its id as the browser tells it must be that of the authenticator data.
 * `public_key` is what getPublicKey() gives. 0, or -EBADMSG with what is wrong. */
int passkey_check_new(const struct passkey_expected *expected, struct bytes credential,
                      struct bytes client_data, struct bytes authenticator_data,
                      struct bytes public_key, struct passkey_facts *ret_facts,
                      const char **ret_wrong);
/* A sign-in with one that is known, whose newest counter is `counter`. */
int passkey_check_signature(const struct passkey_expected *expected, struct bytes client_data,
                            struct bytes authenticator_data, struct bytes signature,
                            struct bytes public_key, uint32_t counter,
                            struct passkey_facts *ret_facts, const char **ret_wrong);
