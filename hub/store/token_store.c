/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/token_store.h"

#include <errno.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/store/statement.h"

#define COLUMNS \
    "id, admin_id, name, hash, role, limited, sources, expires_at, created_at, last_used_at, " \
    "last_used_from"

/* "192.0.2.0/24,2001:db8::/32" */
static void take_sources(struct statement *statement, struct token_row *row)
{
    _cleanup_free_ char *list = text_duplicate(statement_take_text(statement));
    char *rest = list && *list ? list : NULL;

    for (char *item; (item = strsep(&rest, ","));) {
        if (row->source_count == TOKEN_SOURCES_MAX ||
            prefix_parse(item, &row->sources[row->source_count]) < 0) {
            statement_misfit(statement, -EUCLEAN);
            return;
        }
        row->source_count++;
    }
}

static int64_t take_number_or_0(struct statement *statement)
{
    return statement_take_null(statement) ? 0 : statement_take_number(statement);
}

static int take_row(struct store *store, struct statement *statement, struct token_row *ret_row)
{
    struct token_row row = {0};
    int error;

    statement_take_text_into(statement, row.id, sizeof(row.id));
    statement_take_text_into(statement, row.admin_id, sizeof(row.admin_id));
    statement_take_text_into(statement, row.name, sizeof(row.name));
    statement_take_bytes(statement, row.hash.bytes, sizeof(row.hash.bytes));
    row.rights.role = (uint8_t)statement_take_number(statement);
    row.rights.limited = statement_take_number(statement) != 0;
    take_sources(statement, &row);
    row.expires_at = take_number_or_0(statement);
    row.created_at = statement_take_number(statement);
    row.last_used_at = take_number_or_0(statement);
    if (!statement_take_null(statement))
        statement_take_text_into(statement, row.last_used_from, sizeof(row.last_used_from));
    error = statement_row_end(statement);
    if (!error && row.rights.limited)
        error = rights_store_get(store, RIGHTS_OF_TOKEN, row.id, &row.rights);
    if (!error)
        *ret_row = row;
    return error;
}

int token_store_list(struct store *store, token_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result =
        statement_open(store, "SELECT " COLUMNS " FROM token ORDER BY created_at, id", &statement);

    if (result)
        return result;
    while ((result = statement_step(&statement)) > 0) {
        struct token_row row;

        result = take_row(store, &statement, &row);
        if (!result)
            result = each(&row, data);
        if (result)
            return result;
    }
    return result;
}

static void format_sources(const struct token_row *row, struct buf *text)
{
    char prefix[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < row->source_count; i++)
        buf_printf(text, "%s%s", i ? "," : "", prefix_format(&row->sources[i], prefix));
}

static void add_number_or_null(struct statement *statement, int64_t number)
{
    if (number)
        statement_add_number(statement, number);
    else
        statement_add_null(statement);
}

int token_store_add(struct store *store, const struct token_row *row)
{
    _cleanup_buf_ struct buf sources = {0};
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store,
        "INSERT INTO token (id, admin_id, name, hash, role, limited, sources, expires_at, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &statement);

    if (error)
        return error;
    format_sources(row, &sources);
    statement_add_text(&statement, row->id);
    statement_add_text(&statement, row->admin_id);
    statement_add_text(&statement, row->name);
    statement_add_blob(&statement, row->hash.bytes, sizeof(row->hash.bytes));
    statement_add_number(&statement, row->rights.role);
    statement_add_number(&statement, row->rights.limited);
    statement_add_text(&statement, sources.data ? sources.data : "");
    add_number_or_null(&statement, row->expires_at);
    statement_add_number(&statement, row->created_at);
    error = statement_run(&statement);
    statement_done(&statement);
    return error ? error : rights_store_put(store, RIGHTS_OF_TOKEN, row->id, &row->rights);
}

int token_store_note_use(struct store *store, const char *id, int64_t at, const char *from)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "UPDATE token SET last_used_at = ?, last_used_from = ? WHERE id = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, at);
    statement_add_text(&statement, from);
    statement_add_text(&statement, id);
    return statement_run(&statement);
}

int token_store_delete(struct store *store, const char *id)
{
    return statement_change_one(store, "DELETE FROM token WHERE id = ?", id, NULL);
}
