/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbered steps of the schema: migrations/NNNN_*.sql, compiled in. */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

struct migration {
    uint32_t number; /* 1, 2, 3, ...: the schema's version after it */
    const char *sql;
};

extern const struct migration migrations[];
extern const size_t migrations_count;

enum {
    MIGRATION_APPLICATION_ID = 0x57524e31, /* set by the first migration: "this file is Warren's" */
    MIGRATION_REASON_MAX = 256,
};

/* Applies those of `list` above the database's version, each in a transaction of its own together
 * with its number: what is interrupted leaves the version before. -EPROTO the database is newer
 * than the list, -EUCLEAN the file belongs to another program, else the statement's error. */
int migration_apply(sqlite3 *database, const struct migration *list, size_t count,
                    uint32_t *ret_version, char reason[static MIGRATION_REASON_MAX]);
