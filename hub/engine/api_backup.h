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

/* Of a body's passphrase (worked on here: a third of a second), or of what the asker has made of
 * it: operations, memory_kib, salt, lock (public key and secret). False: the problem says why. */
bool api_take_backup_lock(const json_t *body, struct backup_lock *ret_lock,
                          struct problem *problem);
/* The same of what opens: passphrase, or key. */
bool api_take_backup_key(const json_t *body, const struct backup_kdf *kdf,
                         struct backup_key *ret_key, struct problem *problem);
