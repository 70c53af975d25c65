/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A statement being run: parameters are added and columns taken in order. Statements are prepared
 * once per SQL literal and reused; one that is in use further up the stack is prepared again.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/dns_name.h"
#include "hub/base/key.h"
#include "hub/base/prefix_set.h"
#include "hub/store/store.h"

struct cached_statement;

struct statement {
    struct store *store;
    sqlite3_stmt *handle;
    struct cached_statement *cached; /* NULL: finalized when done */
    int parameter, column;           /* the next one */
    int bind_error;                  /* SQLite's, the first one */
    int value_error;                 /* -errno of a column that does not hold what it should */
};

/* `sql` must be a literal. Answers the transaction's sticky error when there is one. */
int statement_open(struct store *store, const char *sql, struct statement *ret_statement);
void statement_done(struct statement *statement);
#define _cleanup_statement_ __attribute__((cleanup(statement_done)))

/* Values must live until the statement is done; those made on the fly are copied. */
void statement_add_text(struct statement *statement, const char *text); /* NULL = null */
void statement_add_dns_list(struct statement *statement, const struct dns_list *list);
void statement_add_number(struct statement *statement, int64_t number);
void statement_add_null(struct statement *statement);
void statement_add_blob(struct statement *statement, const void *data, size_t size);
void statement_add_prefix(struct statement *statement, const struct prefix *prefix);
void statement_add_prefix_set(struct statement *statement, const struct prefix_set *set);
/* Sealed, bound to "KIND/ID/NAME". */
void statement_add_secret(struct statement *statement, const char *kind, const char *id,
                          const char *name, const struct key *key);
/* The same of a text or a blob of up to STATEMENT_SEALED_MAX bytes. */
enum { STATEMENT_SEALED_MAX = 4096 };
void statement_add_sealed(struct statement *statement, const char *kind, const char *id,
                          const char *name, const void *value, size_t size);

/* 1 a row, 0 no (more) row, -errno. */
int statement_step(struct statement *statement);
/* For statements without rows. */
int statement_run(struct statement *statement);
/* For statements of exactly one row: -ENOENT when there is none. */
int statement_step_one(struct statement *statement);
int64_t statement_changes(const struct statement *statement);
/* For statements that change one row: -ENOENT when there is none. */
int statement_run_one(struct statement *statement);

/* The same in one go, where all that is added is texts; NULL = there is none more. The first opens
 * the statement, whose row is taken then. */
int statement_find_one(struct store *store, const char *sql, const char *first, const char *second,
                       struct statement *ret_statement);
int statement_change_one(struct store *store, const char *sql, const char *first,
                         const char *second);
/* The number that is the one column of the one row: -ENOENT when there is none. */
int statement_number(struct store *store, const char *sql, const char *text, int64_t *ret_number);

/* Columns of the present row, from the first on. Texts and blobs live until the next step. Text
 * that is null is NULL. A value that does not fit shows in statement_row_end(). */
const char *statement_take_text(struct statement *statement);
void statement_take_text_into(struct statement *statement, char *target, size_t size);
int64_t statement_take_number(struct statement *statement);
bool statement_take_null(struct statement *statement); /* moves on only when it is null */
const void *statement_take_blob(struct statement *statement, size_t *ret_size);
void statement_take_bytes(struct statement *statement, void *target, size_t size);
void statement_take_prefix(struct statement *statement, struct prefix *ret_prefix);
void statement_take_prefix_set(struct statement *statement, struct prefix_set *set);
void statement_take_dns_list(struct statement *statement, struct dns_list *list);
void statement_take_secret(struct statement *statement, const char *kind, const char *id,
                           const char *name, struct key *ret_key);
/* At most `max` bytes. */
void statement_take_sealed(struct statement *statement, const char *kind, const char *id,
                           const char *name, void *target, size_t max, size_t *ret_size);
/* A column did not hold what it should: shows in statement_row_end(). */
void statement_misfit(struct statement *statement, int error);
void statement_skip(struct statement *statement);
/* 0, or -EUCLEAN / -EBADMSG when a column held what it must not. */
int statement_row_end(const struct statement *statement);
