/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files share that answer requests about backups. */
#pragma once

#include "hub/engine/api_server.h"
#include "hub/engine/backup_shelf.h"

enum {
    BACKUP_PART_MAX = 128 * 1024, /* of a backup, in one message */
    BACKUP_PART_TEXT_MAX = (BACKUP_PART_MAX + 2) / 3 * 4 + 1,
};

json_t *backup_kdf_json(const struct backup_kdf *kdf);
/* False: answered. */
bool api_find_backup(struct engine *engine, struct api_call *call, const char *id,
                     struct backup_file *ret_file);
void api_backup_problem(int error, const char *reason, struct problem *problem);
void api_backup_refuse(struct api_call *call, int error, const char *reason);

/* What opens a backup of that cost: of a body's passphrase (which warren-hash works on), or its
 * key. `got` is called once, now or later, `key` NULL: the call was answered. */
typedef void (*api_backup_key_got)(const struct backup_key *key, void *data);
void api_want_backup_key(struct engine *engine, struct api_call *call, const json_t *body,
                         const struct backup_kdf *kdf, api_backup_key_got got, void *data);
/* The same of what closes one: passphrase, or operations, memory_kib, salt and lock (public key and
 * secret). */
typedef void (*api_backup_lock_got)(const struct backup_lock *lock, void *data);
void api_want_backup_lock(struct engine *engine, struct api_call *call, const json_t *body,
                          api_backup_lock_got got, void *data);
