/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/backup_store.h"

#include <string.h>

#include "hub/base/text.h"
#include "hub/store/statement.h"

#define SECRET "backup", "hub", "secret"

int backup_store_get(struct store *store, struct backup_lock_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    struct backup_lock_row row = {0};
    struct key secret;
    int error = statement_find_one(store,
                                   "SELECT operations, memory_kib, salt, public_key, secret, "
                                   "created_at FROM backup_lock",
                                   NULL, NULL, &statement);

    if (error)
        return error;
    row.lock.kdf.operations = (uint32_t)statement_take_number(&statement);
    row.lock.kdf.memory_kib = (uint32_t)statement_take_number(&statement);
    statement_take_bytes(&statement, row.lock.kdf.salt, sizeof(row.lock.kdf.salt));
    statement_take_bytes(&statement, row.lock.public_key, sizeof(row.lock.public_key));
    statement_take_secret(&statement, SECRET, &secret);
    row.created_at = statement_take_number(&statement);
    error = statement_row_end(&statement);
    if (!error) {
        memcpy(row.lock.secret, &secret, sizeof(row.lock.secret));
        *ret_row = row;
    }
    explicit_bzero(&secret, sizeof(secret));
    return error;
}

int backup_store_put(struct store *store, const struct backup_lock *lock)
{
    _cleanup_statement_ struct statement statement = {0};
    struct key secret;
    int error = statement_open(store,
                               "INSERT OR REPLACE INTO backup_lock (one, operations, memory_kib, "
                               "salt, public_key, secret, created_at) VALUES (1, ?, ?, ?, ?, ?, ?)",
                               &statement);

    if (error)
        return error;
    memcpy(&secret, lock->secret, sizeof(secret));
    statement_add_number(&statement, lock->kdf.operations);
    statement_add_number(&statement, lock->kdf.memory_kib);
    statement_add_blob(&statement, lock->kdf.salt, sizeof(lock->kdf.salt));
    statement_add_blob(&statement, lock->public_key, sizeof(lock->public_key));
    statement_add_secret(&statement, SECRET, &secret);
    statement_add_number(&statement, clock_seconds());
    error = statement_run(&statement);
    explicit_bzero(&secret, sizeof(secret));
    return error;
}

int backup_store_remove(struct store *store)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM backup_lock", &statement);

    return error ? error : statement_run(&statement);
}
