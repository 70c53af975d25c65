/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/acme_store.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/store/statement.h"

void acme_row_done(struct acme_row *row)
{
    sodium_memzero(row, sizeof(*row));
}

static void take_row(struct statement *statement, struct acme_row *row)
{
    size_t size = 0;

    statement_take_sealed(statement, "acme", "account", "key", row->key, sizeof(row->key) - 1,
                          &size);
    row->key[size] = 0;
    statement_take_text_into(statement, row->directory, sizeof(row->directory));
    statement_take_text_into(statement, row->contact, sizeof(row->contact));
    row->failures = (uint32_t)statement_take_number(statement);
    statement_take_text_into(statement, row->words, sizeof(row->words));
    row->tried_at = statement_take_number(statement);
    row->next_at = statement_take_number(statement);
}

int acme_store_get(struct store *store, struct acme_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(
        store, "SELECT key, directory, contact, failures, words, tried_at, next_at FROM acme", NULL,
        NULL, &statement);

    if (error)
        return error;
    take_row(&statement, ret_row);
    error = statement_row_end(&statement);
    if (error)
        acme_row_done(ret_row);
    return error;
}

int acme_store_put(struct store *store, const struct acme_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "INSERT OR REPLACE INTO acme (one, key, directory, contact, "
                               "failures, words, tried_at, next_at) "
                               "VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                               &statement);

    if (error)
        return error;
    statement_add_sealed(&statement, "acme", "account", "key", row->key, strlen(row->key));
    statement_add_text(&statement, row->directory);
    statement_add_text(&statement, row->contact);
    statement_add_number(&statement, row->failures);
    statement_add_text(&statement, row->words);
    statement_add_number(&statement, row->tried_at);
    statement_add_number(&statement, row->next_at);
    return statement_run(&statement);
}
