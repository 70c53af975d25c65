/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/backup/backup_key.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

enum {
    OPERATIONS = 4,
    MEMORY_KIB = 64 * 1024,
    OPERATIONS_MAX = 16,
    MEMORY_KIB_MIN = 8 * 1024,
    MEMORY_KIB_MAX = 256 * 1024,
};

static_assert(BACKUP_SALT_SIZE == crypto_pwhash_SALTBYTES, "libsodium's salt");
static_assert(sizeof(struct backup_key) == BACKUP_KEY_SIZE, "no holes");
static_assert(crypto_box_SEEDBYTES == 32 && crypto_box_PUBLICKEYBYTES == 32, "X25519");

void backup_kdf_make(struct backup_kdf *ret_kdf)
{
    *ret_kdf = (struct backup_kdf){.operations = OPERATIONS, .memory_kib = MEMORY_KIB};
    randombytes_buf(ret_kdf->salt, sizeof(ret_kdf->salt));
}

bool backup_kdf_valid(const struct backup_kdf *kdf)
{
    return kdf->operations >= 1 && kdf->operations <= OPERATIONS_MAX &&
           kdf->memory_kib >= MEMORY_KIB_MIN && kdf->memory_kib <= MEMORY_KIB_MAX;
}

int backup_key_derive(const char *passphrase, const struct backup_kdf *kdf,
                      struct backup_key *ret_key)
{
    size_t length = strlen(passphrase);

    if (sodium_init() < 0 || !backup_kdf_valid(kdf) || length < BACKUP_PASSPHRASE_MIN ||
        length > BACKUP_PASSPHRASE_MAX)
        return -EINVAL;
    if (crypto_pwhash((unsigned char *)ret_key, sizeof(*ret_key), passphrase, length, kdf->salt,
                      kdf->operations, (size_t)kdf->memory_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) < 0)
        return -ENOMEM;
    return 0;
}

void backup_lock_make(const struct backup_key *key, const struct backup_kdf *kdf,
                      struct backup_lock *ret_lock)
{
    uint8_t private_key[crypto_box_SECRETKEYBYTES];

    *ret_lock = (struct backup_lock){.kdf = *kdf};
    crypto_box_seed_keypair(ret_lock->public_key, private_key, key->seed);
    memcpy(ret_lock->secret, key->secret, sizeof(ret_lock->secret));
    sodium_memzero(private_key, sizeof(private_key));
}
