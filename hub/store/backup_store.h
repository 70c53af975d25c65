/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What backups are closed with that the hub makes by itself. */
#pragma once

#include "hub/backup/backup_key.h"
#include "hub/store/store.h"

struct backup_lock_row {
    struct backup_lock lock;
    int64_t created_at;
};

/* -ENOENT: none is set. Wipe it when done with it. */
int backup_store_get(struct store *store, struct backup_lock_row *ret_row);
/* Inside a transaction. */
int backup_store_put(struct store *store, const struct backup_lock *lock);
int backup_store_remove(struct store *store);
