/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to warren-hash: passwords are hashed and checked there, and keys of backups made, one at
 * a time, while the engine goes on. Few may wait: guesses from everywhere must not pile up.
 */
#pragma once

#include "hub/backup/backup_key.h"
#include "hub/engine/engine.h"

struct hash_door;

enum { HASH_WAITING_MAX = 8, HASH_RETRY_SECONDS = 2 };

struct hash_door *hash_door_new(struct engine *engine);
/* Answers what waits with -ECANCELED. */
struct hash_door *hash_door_free(struct hash_door *door);
/* A warren-hash runs, and this is its channel: owned from now on. What the one before did not
 * finish is answered with -EPIPE; what waits goes to this one. */
void hash_door_opened(struct hash_door *door, int fd);

/* status 0, -EACCES (another password), or an error of the machinery: ask again. `hash` is of
 * hash_door_make() with status 0. */
typedef void (*hash_done)(int status, const char *hash, void *data);

/* `done` is called later, exactly once, unless an error is answered: -EBUSY when too many wait. The
 * password is copied, and wiped when it was used. */
int hash_door_make(struct hash_door *door, const char *password, hash_done done, void *data);
/* hash NULL: nobody's. It takes as long as another, and is always -EACCES. */
int hash_door_verify(struct hash_door *door, const char *hash, const char *password, hash_done done,
                     void *data);

/* `key` is of status 0, and wiped when this returns. -EINVAL: the cost or the passphrase is not
 * one; -ENOMEM. */
typedef void (*hash_key_done)(int status, const struct backup_key *key, void *data);
/* The key of a backup, of its passphrase; otherwise as hash_door_make(). */
int hash_door_derive(struct hash_door *door, const char *passphrase, const struct backup_kdf *kdf,
                     hash_key_done done, void *data);
