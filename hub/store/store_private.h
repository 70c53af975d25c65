/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder know of the open database. */
#pragma once

#include <sqlite3.h>

#include "hub/store/store.h"

enum { STORE_CACHE_SIZE = 256, STORE_TEXT_MAX = 256 };

/* A prepared statement, kept for its text (a literal: known by its address). */
struct cached_statement {
    const char *sql;
    sqlite3_stmt *statement;
    bool busy;
};

struct store {
    sqlite3 *database;
    const struct seal *seal;
    struct cached_statement cache[STORE_CACHE_SIZE];
    bool in_transaction, aside;
    int64_t changes_before; /* the transaction */
    uint64_t touched;
    int64_t changes_aside; /* that no version counts */
    int error;             /* sticky, of the transaction */
    char error_text[STORE_TEXT_MAX];
    const char *error_column; /* of a broken unique constraint, NULL = not known */
    uint64_t commits;
    uint32_t schema_version;
    int log_pages; /* in the write-ahead log since it was folded in last */
};

/* SQLite's last error as -errno. */
int store_error_number(sqlite3 *database);
/* Takes down the error of the statement that just failed, sticky within a transaction. */
int store_failed(struct store *store);
