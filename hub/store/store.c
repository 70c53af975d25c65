/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/store/hub_store.h"
#include "hub/store/migration.h"
#include "hub/store/store_private.h"

enum {
    BUSY_TIMEOUT_MS = 3000,   /* a predecessor that is just ending */
    LOG_PAGES_MAX = 4 * 1024, /* folded in at the latest then: 16 MiB */
};

static int errno_of_system(sqlite3 *database)
{
    switch (sqlite3_system_errno(database)) {
    case ENOSPC:
    case EDQUOT:
        return -ENOSPC;
    case EROFS:
        return -EROFS;
    case EACCES:
    case EPERM:
        return -EACCES;
    default:
        return -EIO;
    }
}

int store_error_number(sqlite3 *database)
{
    int code = sqlite3_extended_errcode(database);

    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       code == SQLITE_CONSTRAINT_ROWID
                   ? -EEXIST
                   : -EINVAL;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_TOOBIG:
        return -E2BIG;
    default:
        return errno_of_system(database);
    }
}

static const char *error_sentence(int error)
{
    switch (error) {
    case -EEXIST:
        return "another row has this value already";
    case -EINVAL:
        return "the database does not take this value";
    case -ENOSPC:
        return "the disk is full";
    case -EBUSY:
        return "another process uses the database";
    case -EUCLEAN:
        return "the database is damaged: restore a backup";
    case -EROFS:
        return "the database can't be written to (read-only)";
    case -EACCES:
        return "the database can't be accessed (permissions)";
    default:
        return "reading or writing the database failed";
    }
}

/* "UNIQUE constraint failed: peer.instance_id, peer.name" tells the column last. */
static const char *unique_column(const char *message)
{
    static const struct {
        const char *column, *word;
    } columns[] = {
        {"name", "name"}, {"hostname", "hostname"},     {"port", "port"},
        {"slot", "slot"}, {"public_key", "public_key"}, {"host", "host"},
        {"id", "id"},     {"first", "subnets"},
    };
    const char *last = strrchr(message, '.');

    for (size_t i = 0; last && i < ELEMENTS(columns); i++)
        if (text_equal(last + 1, columns[i].column))
            return columns[i].word;
    return NULL;
}

int store_failed(struct store *store)
{
    const char *message = sqlite3_errmsg(store->database);
    int error = store_error_number(store->database);

    snprintf(store->error_text, sizeof(store->error_text), "%s (%s)", error_sentence(error),
             message);
    store->error_column = error == -EEXIST ? unique_column(message) : NULL;
    if (store->in_transaction)
        store->error = error;
    return error;
}

static int log_grown(void *data, sqlite3 *database, const char *name, int pages)
{
    struct store *store = data;

    store->log_pages = pages;
    /* Failing to fold in (disk full) loses nothing: the log stays. */
    if (pages >= LOG_PAGES_MAX &&
        sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) !=
            SQLITE_OK)
        log_warning("database: folding the log in failed: %s, ignoring", sqlite3_errmsg(database));
    return SQLITE_OK;
}

/* Exclusive locking comes before the first look at the log: its index then lives in memory alone,
 * and no shared-memory file has to grow on a full disk. */
static const char settings_sql[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA foreign_keys = ON;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA journal_mode = WAL;";

static int check_result(void *data, int columns, char **values, char **names)
{
    char *text = data;

    (void)names;
    snprintf(text, STORE_TEXT_MAX, "%s", columns > 0 && values[0] ? values[0] : "");
    return 0;
}

static int database_check(sqlite3 *database, char *reason)
{
    char found[STORE_TEXT_MAX] = "";

    if (sqlite3_exec(database, "PRAGMA quick_check(1)", check_result, found, NULL) != SQLITE_OK)
        return store_error_number(database);
    if (text_equal(found, "ok"))
        return 0;
    snprintf(reason, STORE_TEXT_MAX, "the database is damaged (%.150s): restore a backup", found);
    return -EUCLEAN;
}

static int database_setup(struct store *store, char *reason)
{
    sqlite3 *database = store->database;
    int error;

    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, BUSY_TIMEOUT_MS);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (sqlite3_exec(database, settings_sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_error_number(database);
    sqlite3_wal_hook(database, log_grown, store);

    error = database_check(database, reason);
    if (!error)
        error =
            migration_apply(database, migrations, migrations_count, &store->schema_version, reason);
    return error;
}

/* SQLite gives the log the rights of the database file: so make that one first. */
static int make_file(const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    return fd < 0 ? -errno : 0;
}

static int open_file(struct store *store, const char *path, char *reason)
{
    int error = make_file(path);

    if (error)
        return error;
    if (sqlite3_open_v2(path, &store->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                            SQLITE_OPEN_PRIVATECACHE,
                        NULL) != SQLITE_OK)
        return store_error_number(store->database);
    return database_setup(store, reason);
}

int store_open(const char *directory, const struct seal *seal, struct store **ret_store,
               char reason[static 256])
{
    _cleanup_free_ char *path = text_format("%s/warren.db", directory);
    struct store *store = memory_zero(sizeof(*store));
    int error;

    reason[0] = 0;
    store->seal = seal;
    error = open_file(store, path, reason);
    if (!error)
        error = hub_store_make(store);
    if (error) {
        if (!reason[0])
            snprintf(reason, 256, "%s", error_sentence(error));
        store_free(store);
        return error;
    }
    *ret_store = store;
    return 0;
}

struct store *store_free(struct store *store)
{
    if (!store)
        return NULL;
    for (size_t i = 0; i < STORE_CACHE_SIZE; i++)
        sqlite3_finalize(store->cache[i].statement);
    sqlite3_close(store->database);
    free(store);
    return NULL;
}

int store_begin(struct store *store)
{
    store->error_text[0] = 0;
    store->error = 0;
    if (sqlite3_exec(store->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return store_failed(store);
    store->in_transaction = true;
    store->aside = false;
    store->changes_before = sqlite3_total_changes64(store->database);
    return 0;
}

int store_begin_aside(struct store *store)
{
    int error = store_begin(store);

    store->aside = true;
    return error;
}

/* `counts`: something has changed that a version tells of. */
static void end_transaction(struct store *store, bool counts)
{
    /* SQLite rolls back by itself on some errors, a full disk among them. */
    if (!sqlite3_get_autocommit(store->database))
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    if (!counts && store->in_transaction)
        store->changes_aside += sqlite3_total_changes64(store->database) - store->changes_before;
    store->in_transaction = false;
    store->error = 0;
}

int store_commit(struct store *store)
{
    int error = store->error;

    if (!error && sqlite3_exec(store->database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        error = store_failed(store);
    if (!error)
        store->commits++;
    end_transaction(store, !error && !store->aside);
    return error;
}

void store_rollback(struct store *store)
{
    end_transaction(store, false);
}

uint64_t store_version(const struct store *store)
{
    int64_t changes = sqlite3_total_changes64(store->database) - store->changes_aside;

    return (uint64_t)changes + store->touched;
}

void store_touch(struct store *store)
{
    store->touched++;
}

bool store_in_transaction(const struct store *store)
{
    return store->in_transaction;
}

const char *store_error_text(const struct store *store)
{
    return store->error_text;
}

static uint64_t file_bytes(struct store *store, const char *suffix)
{
    const char *database = sqlite3_db_filename(store->database, "main");
    _cleanup_free_ char *path = text_format("%s%s", database, suffix);
    struct stat status;

    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

void store_figures(struct store *store, struct store_figures *ret_figures)
{
    *ret_figures = (struct store_figures){
        .commits = store->commits,
        .bytes = file_bytes(store, "") + file_bytes(store, "-wal"),
        .schema_version = store->schema_version,
    };
}

void store_checkpoint(struct store *store)
{
    if (store->log_pages == 0)
        return;
    if (sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
        SQLITE_OK)
        store->log_pages = 0;
    else
        log_warning("database: folding the log in failed: %s, ignoring",
                    sqlite3_errmsg(store->database));
}
