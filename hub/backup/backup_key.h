/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What closes and opens a backup. Both come from a passphrase: argon2id makes of it a key pair
 * (X25519) and a secret beside it. The *lock* (public key and secret) closes and can't open, so
 * that a hub may make backups that it can't read; the *key* (private key and secret) opens. Who has
 * neither can't make a backup that the key opens: the secret is part of what a backup is encrypted
 * with.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BACKUP_SALT_SIZE = 16,
    BACKUP_KEY_SIZE = 64, /* seed of the key pair, secret */
    BACKUP_PASSPHRASE_MIN = 8,
    BACKUP_PASSPHRASE_MAX = 1024,
};

/* What the passphrase is worked on with; in the head of each backup, in clear. */
struct backup_kdf {
    uint32_t operations, memory_kib;
    uint8_t salt[BACKUP_SALT_SIZE];
};

struct backup_key {
    uint8_t seed[32], secret[32];
};

struct backup_lock {
    struct backup_kdf kdf; /* how to come to the key that opens it */
    uint8_t public_key[32], secret[32];
};

/* The product's cost, and a salt of its own. */
void backup_kdf_make(struct backup_kdf *ret_kdf);
/* Neither too weak nor made to exhaust whom it is shown to. */
bool backup_kdf_valid(const struct backup_kdf *kdf);

/* Takes a third of a second and 64 MiB. -EINVAL: a cost that is not valid, a passphrase too short
 * or too long; -ENOMEM. */
int backup_key_derive(const char *passphrase, const struct backup_kdf *kdf,
                      struct backup_key *ret_key);
void backup_lock_make(const struct backup_key *key, const struct backup_kdf *kdf,
                      struct backup_lock *ret_lock);
