/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/session_store.h"

#include <errno.h>

#include "hub/store/statement.h"

#define COLUMNS "id, admin_id, hash, \"from\", method, created_at, last_used_at, ends_at"

static int take_row(struct statement *statement, struct session_row *ret_row)
{
    struct session_row row = {0};
    int error;

    statement_take_text_into(statement, row.id, sizeof(row.id));
    statement_take_text_into(statement, row.admin_id, sizeof(row.admin_id));
    statement_take_bytes(statement, row.hash.bytes, sizeof(row.hash.bytes));
    statement_take_text_into(statement, row.from, sizeof(row.from));
    statement_take_text_into(statement, row.method, sizeof(row.method));
    row.created_at = statement_take_number(statement);
    row.last_used_at = statement_take_number(statement);
    row.ends_at = statement_take_number(statement);
    error = statement_row_end(statement);
    if (!error)
        *ret_row = row;
    return error;
}

int session_store_list(struct store *store, session_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result =
        statement_open(store, "SELECT " COLUMNS " FROM session ORDER BY \"row\"", &statement);

    if (result)
        return result;
    while ((result = statement_step(&statement)) > 0) {
        struct session_row row;

        result = take_row(&statement, &row);
        if (!result)
            result = each(&row, data);
        if (result)
            return result;
    }
    return result;
}

int session_store_add(struct store *store, const struct session_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "INSERT INTO session (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &statement);

    if (error)
        return error;
    statement_add_text(&statement, row->id);
    statement_add_text(&statement, row->admin_id);
    statement_add_blob(&statement, row->hash.bytes, sizeof(row->hash.bytes));
    statement_add_text(&statement, row->from);
    statement_add_text(&statement, row->method);
    statement_add_number(&statement, row->created_at);
    statement_add_number(&statement, row->last_used_at);
    statement_add_number(&statement, row->ends_at);
    return statement_run(&statement);
}

int session_store_note_use(struct store *store, const char *id, int64_t at)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "UPDATE session SET last_used_at = ? WHERE id = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, at);
    statement_add_text(&statement, id);
    return statement_run(&statement);
}

int session_store_delete(struct store *store, const char *id)
{
    return statement_change_one(store, "DELETE FROM session WHERE id = ?", id, NULL);
}

int session_store_delete_others(struct store *store, const char *admin_id, const char *kept_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "DELETE FROM session WHERE admin_id = ? AND id <> ?", &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_text(&statement, kept_id);
    return statement_run(&statement);
}

int session_store_clear(struct store *store)
{
    static const char *const statements[] = {"DELETE FROM session", "DELETE FROM setup_link"};
    int error = 0;

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && !error; i++) {
        _cleanup_statement_ struct statement statement = {0};

        error = statement_open(store, statements[i], &statement);
        if (!error)
            error = statement_run(&statement);
    }
    return error;
}
