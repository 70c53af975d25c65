/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/key.h"

#include <assert.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static_assert(KEY_SIZE == crypto_scalarmult_curve25519_BYTES, "a key is a point of Curve25519");

static void need_sodium(void)
{
    if (sodium_init() < 0)
        abort();
}

const char *key_format_base64(const struct key *key, char text[static KEY_BASE64_MAX])
{
    return sodium_bin2base64(text, KEY_BASE64_MAX, key->bytes, sizeof(key->bytes),
                             sodium_base64_VARIANT_ORIGINAL);
}

int key_parse_base64(const char *text, struct key *ret_key)
{
    char again[KEY_BASE64_MAX];
    struct key key;
    size_t size;

    if (strlen(text) != KEY_BASE64_MAX - 1)
        return -EINVAL;
    int error = sodium_base642bin(key.bytes, sizeof(key.bytes), text, KEY_BASE64_MAX - 1, NULL,
                                  &size, NULL, sodium_base64_VARIANT_ORIGINAL);
    /* libsodium 1.0.18 takes some bytes beyond ASCII for letters: only what comes out as it went
     * in is a key. */
    if (!error && (size != sizeof(key.bytes) ||
                   sodium_memcmp(key_format_base64(&key, again), text, sizeof(again)) != 0))
        error = -EINVAL;
    if (!error)
        *ret_key = key;
    sodium_memzero(again, sizeof(again));
    key_wipe(&key);
    return error ? -EINVAL : 0;
}

int key_parse_hex(const char *text, struct key *ret_key)
{
    struct key key;
    size_t size;

    if (strlen(text) != KEY_HEX_MAX - 1 || strspn(text, "0123456789abcdef") != KEY_HEX_MAX - 1 ||
        sodium_hex2bin(key.bytes, sizeof(key.bytes), text, KEY_HEX_MAX - 1, NULL, &size, NULL) ||
        size != sizeof(key.bytes))
        return -EINVAL;
    *ret_key = key;
    key_wipe(&key);
    return 0;
}

const char *key_format_hex(const struct key *key, char text[static KEY_HEX_MAX])
{
    return sodium_bin2hex(text, KEY_HEX_MAX, key->bytes, sizeof(key->bytes));
}

void key_make_preshared(struct key *ret_key)
{
    need_sodium();
    randombytes_buf(ret_key->bytes, sizeof(ret_key->bytes));
}

void key_make_private(struct key *ret_key)
{
    key_make_preshared(ret_key);
    ret_key->bytes[0] &= 248;
    ret_key->bytes[31] = (uint8_t)((ret_key->bytes[31] & 127) | 64);
}

void key_public(const struct key *private_key, struct key *ret_public)
{
    need_sodium();
    if (crypto_scalarmult_curve25519_base(ret_public->bytes, private_key->bytes))
        abort();
}

bool key_is_usable_public(const struct key *public_key)
{
    static const uint8_t any_scalar[KEY_SIZE] = {8, [31] = 64};
    uint8_t shared[KEY_SIZE];

    need_sodium();
    /* Fails when the product is zero, which is so for a point of small order and any clamped
     * scalar. */
    return crypto_scalarmult_curve25519(shared, any_scalar, public_key->bytes) == 0;
}

bool key_equal(const struct key *a, const struct key *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool key_is_zero(const struct key *key)
{
    return sodium_is_zero(key->bytes, sizeof(key->bytes));
}

void key_wipe(struct key *key)
{
    sodium_memzero(key, sizeof(*key));
}
