/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/tls_store.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/store/statement.h"

void tls_row_done(struct tls_row *row)
{
    sodium_memzero(row, sizeof(*row));
}

static void take_row(struct statement *statement, struct tls_row *row)
{
    size_t size = 0;

    row->source = (enum tls_source)statement_take_number(statement);
    statement_take_text_into(statement, row->chain, sizeof(row->chain));
    statement_take_sealed(statement, "tls", "web", "key", row->key, sizeof(row->key) - 1, &size);
    row->key[size] = 0;
    row->updated_at = statement_take_number(statement);
}

int tls_store_get(struct store *store, struct tls_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(store, "SELECT source, chain, key, updated_at FROM tls", NULL,
                                   NULL, &statement);

    if (error)
        return error;
    take_row(&statement, ret_row);
    error = statement_row_end(&statement);
    if (error)
        tls_row_done(ret_row);
    return error;
}

int tls_store_put(struct store *store, const struct tls_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "INSERT OR REPLACE INTO tls (one, source, chain, key, updated_at) "
                               "VALUES (1, ?, ?, ?, ?)",
                               &statement);

    if (error)
        return error;
    statement_add_number(&statement, row->source);
    statement_add_text(&statement, row->chain);
    statement_add_sealed(&statement, "tls", "web", "key", row->key, strlen(row->key));
    statement_add_number(&statement, row->updated_at);
    return statement_run(&statement);
}
