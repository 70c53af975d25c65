/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/hash/password_hash.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

enum { PASSES = 6, MEMORY_BYTES = 64 << 20 };

static_assert(crypto_pwhash_STRBYTES <= VERB_HASH_MAX, "a hash fits");

int password_hash_make(const char *password, char ret_hash[static VERB_HASH_MAX])
{
    memset(ret_hash, 0, VERB_HASH_MAX);
    return crypto_pwhash_str_alg(ret_hash, password, strlen(password), PASSES, MEMORY_BYTES,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0
               ? 0
               : -ENOMEM;
}

int password_hash_verify(const char *hash, const char *password)
{
    char padded[VERB_HASH_MAX] = ""; /* libsodium reads all of it */

    strncpy(padded, hash, sizeof(padded) - 1);
    return crypto_pwhash_str_verify(padded, password, strlen(password)) == 0 ? 0 : -EACCES;
}
