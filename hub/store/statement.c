/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/statement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/seal.h"
#include "hub/base/text.h"
#include "hub/store/store_private.h"

static struct cached_statement *cache_entry(struct store *store, const char *sql)
{
    size_t start = ((uintptr_t)sql >> 3) % STORE_CACHE_SIZE;

    for (size_t i = 0; i < STORE_CACHE_SIZE; i++) {
        struct cached_statement *entry = &store->cache[(start + i) % STORE_CACHE_SIZE];

        if (entry->sql == sql || !entry->sql)
            return entry;
    }
    return NULL;
}

int statement_open(struct store *store, const char *sql, struct statement *ret_statement)
{
    struct cached_statement *entry = cache_entry(store, sql);
    sqlite3_stmt *handle = NULL;

    *ret_statement = (struct statement){.store = store, .parameter = 1};
    if (store->error)
        return store->error;
    if (entry && entry->busy)
        entry = NULL;

    if (entry && entry->statement) {
        handle = entry->statement;
    } else if (sqlite3_prepare_v3(store->database, sql, -1, entry ? SQLITE_PREPARE_PERSISTENT : 0,
                                  &handle, NULL) != SQLITE_OK) {
        return store_failed(store);
    }
    if (entry) {
        entry->sql = sql;
        entry->statement = handle;
        entry->busy = true;
    }
    ret_statement->handle = handle;
    ret_statement->cached = entry;
    return 0;
}

void statement_done(struct statement *statement)
{
    if (!statement->handle)
        return;
    if (statement->cached) {
        sqlite3_reset(statement->handle);
        sqlite3_clear_bindings(statement->handle);
        statement->cached->busy = false;
    } else {
        sqlite3_finalize(statement->handle);
    }
    statement->handle = NULL;
}

static void bound(struct statement *statement, int result)
{
    if (result != SQLITE_OK && !statement->bind_error)
        statement->bind_error = result;
}

void statement_add_text(struct statement *statement, const char *text)
{
    bound(statement,
          sqlite3_bind_text(statement->handle, statement->parameter++, text, -1, SQLITE_STATIC));
}

void statement_add_number(struct statement *statement, int64_t number)
{
    bound(statement, sqlite3_bind_int64(statement->handle, statement->parameter++, number));
}

void statement_add_null(struct statement *statement)
{
    bound(statement, sqlite3_bind_null(statement->handle, statement->parameter++));
}

void statement_add_blob(struct statement *statement, const void *data, size_t size)
{
    bound(statement, sqlite3_bind_blob64(statement->handle, statement->parameter++, data, size,
                                         SQLITE_TRANSIENT));
}

void statement_add_prefix(struct statement *statement, const struct prefix *prefix)
{
    char text[PREFIX_TEXT_MAX];

    if (prefix->address.family == 0) {
        statement_add_null(statement);
        return;
    }
    bound(statement, sqlite3_bind_text(statement->handle, statement->parameter++,
                                       prefix_format(prefix, text), -1, SQLITE_TRANSIENT));
}

void statement_add_prefix_set(struct statement *statement, const struct prefix_set *set)
{
    _cleanup_free_ char *text = prefix_set_format(set, ",");

    bound(statement,
          sqlite3_bind_text(statement->handle, statement->parameter++, text, -1, SQLITE_TRANSIENT));
}

void statement_add_dns_list(struct statement *statement, const struct dns_list *list)
{
    _cleanup_free_ char *text = dns_list_format(list);

    bound(statement,
          sqlite3_bind_text(statement->handle, statement->parameter++, text, -1, SQLITE_TRANSIENT));
}

enum { SECRET_CONTEXT_MAX = 64 };

static void secret_context(char text[static SECRET_CONTEXT_MAX], const char *kind, const char *id,
                           const char *name)
{
    snprintf(text, SECRET_CONTEXT_MAX, "%s/%s/%s", kind, id, name);
}

void statement_add_sealed(struct statement *statement, const char *kind, const char *id,
                          const char *name, const void *value, size_t size)
{
    char context[SECRET_CONTEXT_MAX];
    uint8_t sealed[STATEMENT_SEALED_MAX + SEAL_OVERHEAD];

    if (size > STATEMENT_SEALED_MAX)
        abort();
    secret_context(context, kind, id, name);
    seal_close_value(statement->store->seal, context, value, size, sealed);
    statement_add_blob(statement, sealed, size + SEAL_OVERHEAD);
}

void statement_add_secret(struct statement *statement, const char *kind, const char *id,
                          const char *name, const struct key *key)
{
    statement_add_sealed(statement, kind, id, name, key->bytes, KEY_SIZE);
}

int statement_step(struct statement *statement)
{
    if (statement->store->error)
        return statement->store->error;
    if (statement->bind_error)
        return store_failed(statement->store);
    switch (sqlite3_step(statement->handle)) {
    case SQLITE_ROW:
        statement->column = 0;
        statement->value_error = 0;
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return store_failed(statement->store);
    }
}

int statement_run(struct statement *statement)
{
    int result = statement_step(statement);

    return result < 0 ? result : 0;
}

int statement_step_one(struct statement *statement)
{
    int result = statement_step(statement);

    if (result == 0)
        return -ENOENT;
    return result < 0 ? result : 0;
}

int64_t statement_changes(const struct statement *statement)
{
    return sqlite3_changes64(statement->store->database);
}

int statement_run_one(struct statement *statement)
{
    int error = statement_run(statement);

    return error || statement_changes(statement) ? error : -ENOENT;
}

void statement_misfit(struct statement *statement, int error)
{
    if (!statement->value_error)
        statement->value_error = error;
}

const char *statement_take_text(struct statement *statement)
{
    return (const char *)sqlite3_column_text(statement->handle, statement->column++);
}

void statement_take_text_into(struct statement *statement, char *target, size_t size)
{
    const char *text = statement_take_text(statement);

    if (!text || text_copy(target, size, text) < 0)
        statement_misfit(statement, -EUCLEAN);
}

int64_t statement_take_number(struct statement *statement)
{
    return sqlite3_column_int64(statement->handle, statement->column++);
}

bool statement_take_null(struct statement *statement)
{
    if (sqlite3_column_type(statement->handle, statement->column) != SQLITE_NULL)
        return false;
    statement->column++;
    return true;
}

const void *statement_take_blob(struct statement *statement, size_t *ret_size)
{
    const void *data = sqlite3_column_blob(statement->handle, statement->column);

    *ret_size = (size_t)sqlite3_column_bytes(statement->handle, statement->column++);
    return data;
}

void statement_take_bytes(struct statement *statement, void *target, size_t size)
{
    size_t found;
    const void *data = statement_take_blob(statement, &found);

    if (found != size) {
        statement_misfit(statement, -EUCLEAN);
        return;
    }
    memcpy(target, data, size);
}

void statement_take_prefix(struct statement *statement, struct prefix *ret_prefix)
{
    const char *text = statement_take_text(statement);

    *ret_prefix = (struct prefix){0};
    if (text && prefix_parse(text, ret_prefix) < 0)
        statement_misfit(statement, -EUCLEAN);
}

void statement_take_prefix_set(struct statement *statement, struct prefix_set *set)
{
    _cleanup_free_ char *list = text_duplicate(statement_take_text(statement));
    char *rest = NULL;

    if (!list) {
        statement_misfit(statement, -EUCLEAN);
        return;
    }
    for (char *item = strtok_r(list, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
        struct prefix prefix;

        if (prefix_parse(item, &prefix) < 0)
            statement_misfit(statement, -EUCLEAN);
        else
            prefix_set_add(set, &prefix);
    }
}

void statement_take_dns_list(struct statement *statement, struct dns_list *list)
{
    const char *text = statement_take_text(statement);

    if (!text || dns_list_parse(text, list) < 0)
        statement_misfit(statement, -EUCLEAN);
}

void statement_take_sealed(struct statement *statement, const char *kind, const char *id,
                           const char *name, void *target, size_t max, size_t *ret_size)
{
    char context[SECRET_CONTEXT_MAX];
    size_t size;
    const void *sealed = statement_take_blob(statement, &size);

    secret_context(context, kind, id, name);
    if (size <= SEAL_OVERHEAD || size - SEAL_OVERHEAD > max)
        statement_misfit(statement, -EUCLEAN);
    else if (seal_open_value(statement->store->seal, context, sealed, size, target,
                             size - SEAL_OVERHEAD) < 0)
        statement_misfit(statement, -EBADMSG);
    else
        *ret_size = size - SEAL_OVERHEAD;
}

void statement_take_secret(struct statement *statement, const char *kind, const char *id,
                           const char *name, struct key *ret_key)
{
    size_t size = KEY_SIZE;

    statement_take_sealed(statement, kind, id, name, ret_key->bytes, KEY_SIZE, &size);
    if (size != KEY_SIZE)
        statement_misfit(statement, -EUCLEAN);
}

void statement_skip(struct statement *statement)
{
    statement->column++;
}

int statement_row_end(const struct statement *statement)
{
    return statement->value_error;
}

/* ---- in one go ---- */

int statement_find_one(struct store *store, const char *sql, const char *first, const char *second,
                       struct statement *ret_statement)
{
    int error = statement_open(store, sql, ret_statement);

    if (error)
        return error;
    if (first)
        statement_add_text(ret_statement, first);
    if (second)
        statement_add_text(ret_statement, second);
    return statement_step_one(ret_statement);
}

int statement_change_one(struct store *store, const char *sql, const char *first,
                         const char *second)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, sql, &statement);

    if (error)
        return error;
    statement_add_text(&statement, first);
    if (second)
        statement_add_text(&statement, second);
    return statement_run_one(&statement);
}

int statement_number(struct store *store, const char *sql, const char *text, int64_t *ret_number)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(store, sql, text, NULL, &statement);

    if (!error)
        *ret_number = statement_take_number(&statement);
    return error;
}
