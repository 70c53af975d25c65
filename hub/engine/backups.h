/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hub's backups: one is made or restored at a time; those that the clock asks for. */
#pragma once

#include "hub/engine/backup_maker.h"
#include "hub/engine/backup_restorer.h"

struct backups;

int backups_new(struct engine *engine, struct backups **ret_backups);
struct backups *backups_free(struct backups *backups);

/* As backup_maker_new() and backup_restorer_new(); -EBUSY while another one goes on. */
int backups_make(struct backups *backups, const struct backup_lock *lock, enum backup_kind kind,
                 backup_made_done done, void *data, char reason[static BACKUP_REASON_MAX]);
int backups_restore(struct backups *backups, const struct backup_file *file,
                    const struct backup_key *key, const char *who, backup_restored_done done,
                    void *data, char reason[static BACKUP_REASON_MAX]);

/* The lock was set: the first scheduled backup is due. */
void backups_look_soon(struct backups *backups);

/* For the status: {key, last, next, kept, bytes, problem}. A new reference. */
json_t *backups_status_json(struct backups *backups);
