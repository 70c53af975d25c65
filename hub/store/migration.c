/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/migration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "hub/store/store_private.h"

static int read_number(sqlite3 *database, const char *sql, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int error = 0;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        error = store_error_number(database);
    else
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return error;
}

static int check_owner(sqlite3 *database, int64_t version, char *reason)
{
    int64_t application = 0, tables = 0;
    int error;

    error = read_number(database, "PRAGMA application_id", &application);
    if (!error)
        error = read_number(database, "SELECT count(*) FROM sqlite_schema", &tables);
    if (error)
        return error;
    if (version > 0 ? application == MIGRATION_APPLICATION_ID : tables == 0)
        return 0;
    snprintf(reason, MIGRATION_REASON_MAX,
             "the database file was made by another program: move it away or restore a backup");
    return -EUCLEAN;
}

static int apply_one(sqlite3 *database, const struct migration *migration, char *reason)
{
    char version[64];
    int error;

    snprintf(version, sizeof(version), "PRAGMA user_version = %u", migration->number);
    if (sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(database, migration->sql, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(database, version, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return 0;

    error = store_error_number(database);
    snprintf(reason, MIGRATION_REASON_MAX,
             "the step to schema %u failed, the old state is kept: %s", migration->number,
             sqlite3_errmsg(database));
    if (!sqlite3_get_autocommit(database))
        sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return error;
}

int migration_apply(sqlite3 *database, const struct migration *list, size_t count,
                    uint32_t *ret_version, char reason[static MIGRATION_REASON_MAX])
{
    int64_t version = 0;
    int error;

    reason[0] = 0;
    error = read_number(database, "PRAGMA user_version", &version);
    if (error)
        return error;
    if (version < 0 || (size_t)version > count) {
        snprintf(reason, MIGRATION_REASON_MAX,
                 "the database is of schema %lld, this program knows %zu: use the newer program "
                 "again, or restore a backup",
                 (long long)version, count);
        return -EPROTO;
    }
    error = check_owner(database, version, reason);
    for (size_t i = (size_t)version; !error && i < count; i++)
        error = apply_one(database, &list[i], reason);
    if (!error)
        *ret_version = (uint32_t)count;
    return error;
}
