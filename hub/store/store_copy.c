/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/store_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/store/store_private.h"

enum { STEP_PAGES = 128 }; /* half a megabyte */

struct store_copy {
    sqlite3 *target;
    sqlite3_backup *backup;
};

static int make_file(const char *path)
{
    unlink(path);
    _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    return fd < 0 ? -errno : 0;
}

/* Nobody needs it after a crash. */
static const char settings_sql[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA synchronous = OFF;"
                                   "PRAGMA journal_mode = OFF;";

int store_copy_new(struct store *store, const char *path, struct store_copy **ret_copy)
{
    struct store_copy *copy = memory_zero(sizeof(*copy));
    int error = make_file(path);

    if (!error && sqlite3_open_v2(path, &copy->target,
                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                      SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE,
                                  NULL) != SQLITE_OK)
        error = store_error_number(copy->target);
    if (!error && sqlite3_exec(copy->target, settings_sql, NULL, NULL, NULL) != SQLITE_OK)
        error = store_error_number(copy->target);
    if (!error) {
        copy->backup = sqlite3_backup_init(copy->target, "main", store->database, "main");
        if (!copy->backup)
            error = store_error_number(copy->target);
    }
    if (error) {
        store_copy_free(copy);
        return error;
    }
    *ret_copy = copy;
    return 0;
}

struct store_copy *store_copy_free(struct store_copy *copy)
{
    if (!copy)
        return NULL;
    sqlite3_backup_finish(copy->backup);
    sqlite3_close(copy->target);
    free(copy);
    return NULL;
}

int store_copy_step(struct store_copy *copy)
{
    switch (sqlite3_backup_step(copy->backup, STEP_PAGES)) {
    case SQLITE_OK:
        return 1;
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_NOMEM:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

static int take_first(void *data, int columns, char **values, char **names)
{
    (void)names;
    snprintf(data, STORE_TEXT_MAX, "%s", columns > 0 && values[0] ? values[0] : "");
    return 1;
}

static int check_with(struct store *store, const char *sql, const char *good, char *reason)
{
    char found[STORE_TEXT_MAX];
    int code;

    snprintf(found, sizeof(found), "%s", good);
    code = sqlite3_exec(store->database, sql, take_first, found, NULL);
    if (code != SQLITE_OK && code != SQLITE_ABORT)
        return store_error_number(store->database);
    if (text_equal(found, good))
        return 0;
    snprintf(reason, 256, "the database is damaged (%.180s)", found);
    return -EUCLEAN;
}

static int check_table(struct store *store, const char *table, char *reason)
{
    char *sound = sqlite3_mprintf("PRAGMA integrity_check(%Q)", table);
    /* Answers a row for each broken reference. */
    char *references = sqlite3_mprintf("PRAGMA foreign_key_check(%Q)", table);
    int error = sound && references ? check_with(store, sound, "ok", reason) : -ENOMEM;

    if (!error)
        error = check_with(store, references, "", reason);
    sqlite3_free(sound);
    sqlite3_free(references);
    return error;
}

int store_check_table(struct store *store, unsigned number, char reason[static 256])
{
    char sql[128], table[STORE_TEXT_MAX] = "";
    int code, error;

    snprintf(sql, sizeof(sql),
             "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name LIMIT 1 OFFSET %u",
             number);
    code = sqlite3_exec(store->database, sql, take_first, table, NULL);
    if (code != SQLITE_OK && code != SQLITE_ABORT)
        return store_error_number(store->database);
    if (!table[0])
        return 0;
    error = check_table(store, table, reason);
    return error ? error : 1;
}
