/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup being made, a little in each turn of the loop: a copy of the database, then all files
 * packed and encrypted into a file of the shelf. */
#pragma once

#include "hub/engine/backup_shelf.h"

struct backup_maker;

struct backup_made {
    struct backup_file file;
    uint8_t hash[32]; /* BLAKE2b of the whole file */
};

/* status 0, or -errno and why. The maker is freed after it. */
typedef void (*backup_made_done)(int status, const char *reason, const struct backup_made *made,
                                 void *data);

/* -ENOSPC and a reason when the disk has no room for it. `done` comes later, once. */
int backup_maker_new(struct engine *engine, const struct backup_lock *lock, enum backup_kind kind,
                     backup_made_done done, void *data, struct backup_maker **ret_maker,
                     char reason[static BACKUP_REASON_MAX]);
/* Without a word to `done`. Returns NULL. */
struct backup_maker *backup_maker_free(struct backup_maker *maker);
