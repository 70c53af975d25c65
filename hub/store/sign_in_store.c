/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/sign_in_store.h"

#include <errno.h>

#include "hub/store/statement.h"

/* ---- guesses ---- */

int attempt_store_list(struct store *store, attempt_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(
        store, "SELECT admin_id, failures, failed_at, decayed_at FROM attempt", &statement);

    if (result)
        return result;
    while ((result = statement_step(&statement)) > 0) {
        struct attempt_row row = {0};

        statement_take_text_into(&statement, row.admin_id, sizeof(row.admin_id));
        row.failures = (uint32_t)statement_take_number(&statement);
        row.failed_at = statement_take_number(&statement);
        row.decayed_at = statement_take_number(&statement);
        result = statement_row_end(&statement);
        if (!result)
            result = each(&row, data);
        if (result)
            return result;
    }
    return result;
}

static int forget_attempts(struct store *store, const char *admin_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM attempt WHERE admin_id = ?", &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    return statement_run(&statement);
}

int attempt_store_put(struct store *store, const struct attempt_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    if (row->failures == 0)
        return forget_attempts(store, row->admin_id);
    error = statement_open(store,
                           "INSERT OR REPLACE INTO attempt (admin_id, failures, failed_at, "
                           "decayed_at) VALUES (?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, row->admin_id);
    statement_add_number(&statement, row->failures);
    statement_add_number(&statement, row->failed_at);
    statement_add_number(&statement, row->decayed_at);
    return statement_run(&statement);
}

/* ---- known addresses ---- */

int known_address_store_find(struct store *store, const char *admin_id, const char *address,
                             int64_t not_before)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "SELECT 1 FROM known_address WHERE admin_id = ? AND address = ? AND at >= ?",
        &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_text(&statement, address);
    statement_add_number(&statement, not_before);
    return statement_step_one(&statement);
}

static int forget_oldest_addresses(struct store *store, const char *admin_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store,
        "DELETE FROM known_address WHERE admin_id = ?1 AND address NOT IN (SELECT address "
        "FROM known_address WHERE admin_id = ?1 ORDER BY at DESC, address LIMIT ?2)",
        &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_number(&statement, KNOWN_ADDRESSES_MAX);
    return statement_run(&statement);
}

int known_address_store_put(struct store *store, const char *admin_id, const char *address,
                            int64_t at)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "INSERT OR REPLACE INTO known_address (admin_id, address, at) VALUES (?, ?, ?)",
        &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_text(&statement, address);
    statement_add_number(&statement, at);
    error = statement_run(&statement);
    return error ? error : forget_oldest_addresses(store, admin_id);
}

/* ---- the link of the set-up ---- */

int setup_link_store_get(struct store *store, struct setup_link_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    struct setup_link_row row = {0};
    size_t size = 0;
    int error =
        statement_find_one(store, "SELECT token, ends_at FROM setup_link", NULL, NULL, &statement);

    if (error)
        return error;
    statement_take_sealed(&statement, "hub", "1", "setup", row.token.bytes, sizeof(row.token.bytes),
                          &size);
    row.ends_at = statement_take_number(&statement);
    if (size != sizeof(row.token.bytes))
        statement_misfit(&statement, -EUCLEAN);
    error = statement_row_end(&statement);
    if (!error)
        *ret_row = row;
    return error;
}

int setup_link_store_put(struct store *store, const struct setup_link_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "INSERT OR REPLACE INTO setup_link (one, token, ends_at) VALUES (1, ?, ?)",
        &statement);

    if (error)
        return error;
    statement_add_sealed(&statement, "hub", "1", "setup", row->token.bytes,
                         sizeof(row->token.bytes));
    statement_add_number(&statement, row->ends_at);
    return statement_run(&statement);
}

int setup_link_store_delete(struct store *store)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM setup_link", &statement);

    return error ? error : statement_run(&statement);
}
