/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/admin_factor_store.h"

#include <errno.h>
#include <string.h>

#include "hub/store/statement.h"

/* ---- the authenticator app ---- */

int totp_store_get(struct store *store, const char *admin_id, struct totp_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    struct totp_row row = {0};
    size_t size = 0;
    int error = statement_find_one(
        store, "SELECT secret, confirmed, step FROM admin_totp WHERE admin_id = ?", admin_id, NULL,
        &statement);

    if (error)
        return error;
    statement_take_sealed(&statement, "admin", admin_id, "totp", row.secret, sizeof(row.secret),
                          &size);
    row.confirmed = statement_take_number(&statement) != 0;
    row.step = (uint64_t)statement_take_number(&statement);
    if (size != sizeof(row.secret))
        statement_misfit(&statement, -EUCLEAN);
    error = statement_row_end(&statement);
    if (!error)
        *ret_row = row;
    return error;
}

int totp_store_put(struct store *store, const char *admin_id, const struct totp_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "INSERT OR REPLACE INTO admin_totp (admin_id, secret, confirmed, "
                               "step) VALUES (?, ?, ?, ?)",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_sealed(&statement, "admin", admin_id, "totp", row->secret, sizeof(row->secret));
    statement_add_number(&statement, row->confirmed);
    statement_add_number(&statement, (int64_t)row->step);
    return statement_run(&statement);
}

static int run_of_admin(struct store *store, const char *sql, const char *admin_id,
                        int64_t *ret_changes)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, sql, &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    error = statement_run(&statement);
    if (!error && ret_changes)
        *ret_changes = statement_changes(&statement);
    return error;
}

int totp_store_delete(struct store *store, const char *admin_id)
{
    int64_t changes = 0;
    int error = run_of_admin(store, "DELETE FROM recovery_code WHERE admin_id = ?", admin_id, NULL);

    if (!error)
        error =
            run_of_admin(store, "DELETE FROM admin_totp WHERE admin_id = ?", admin_id, &changes);
    return error || changes ? error : -ENOENT;
}

/* ---- recovery codes ---- */

static int add_code(struct store *store, const char *admin_id, const struct token_hash *hash)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "INSERT INTO recovery_code (admin_id, hash) VALUES (?, ?)",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_blob(&statement, hash->bytes, sizeof(hash->bytes));
    return statement_run(&statement);
}

int recovery_code_store_put(struct store *store, const char *admin_id,
                            const struct token_hash *hashes, size_t count)
{
    int error = run_of_admin(store, "DELETE FROM recovery_code WHERE admin_id = ?", admin_id, NULL);

    for (size_t i = 0; !error && i < count; i++)
        error = add_code(store, admin_id, &hashes[i]);
    return error;
}

int recovery_code_store_use(struct store *store, const char *admin_id,
                            const struct token_hash *hash)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM recovery_code WHERE admin_id = ? AND hash = ?",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin_id);
    statement_add_blob(&statement, hash->bytes, sizeof(hash->bytes));
    return statement_run_one(&statement);
}

/* ---- passkeys ---- */

#define COLUMNS \
    "id, admin_id, name, credential, public_key, counter, created_at, coalesce(last_used_at, 0)"

static void take_blob_into(struct statement *statement, uint8_t *target, size_t max,
                           size_t *ret_size)
{
    size_t size;
    const void *data = statement_take_blob(statement, &size);

    if (size > max) {
        statement_misfit(statement, -EUCLEAN);
        return;
    }
    if (size)
        memcpy(target, data, size);
    *ret_size = size;
}

static int take_passkey(struct statement *statement, struct passkey_row *ret_row)
{
    struct passkey_row row = {0};
    int error;

    statement_take_text_into(statement, row.id, sizeof(row.id));
    statement_take_text_into(statement, row.admin_id, sizeof(row.admin_id));
    statement_take_text_into(statement, row.name, sizeof(row.name));
    take_blob_into(statement, row.credential, sizeof(row.credential), &row.credential_size);
    take_blob_into(statement, row.public_key, sizeof(row.public_key), &row.public_key_size);
    row.counter = (uint32_t)statement_take_number(statement);
    row.created_at = statement_take_number(statement);
    row.last_used_at = statement_take_number(statement);
    error = statement_row_end(statement);
    if (!error)
        *ret_row = row;
    return error;
}

int passkey_store_list(struct store *store, const char *admin_id, passkey_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(
        store, "SELECT " COLUMNS " FROM passkey WHERE admin_id = ? ORDER BY created_at, id",
        &statement);

    if (result)
        return result;
    statement_add_text(&statement, admin_id);
    while ((result = statement_step(&statement)) > 0) {
        struct passkey_row row;

        result = take_passkey(&statement, &row);
        if (!result)
            result = each(&row, data);
        if (result)
            return result;
    }
    return result;
}

int passkey_store_find(struct store *store, const uint8_t *credential, size_t size,
                       struct passkey_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "SELECT " COLUMNS " FROM passkey WHERE credential = ?", &statement);

    if (error)
        return error;
    statement_add_blob(&statement, credential, size);
    error = statement_step_one(&statement);
    return error ? error : take_passkey(&statement, ret_row);
}

int passkey_store_get(struct store *store, const char *admin_id, const char *id,
                      struct passkey_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_find_one(store, "SELECT " COLUMNS " FROM passkey WHERE id = ? AND admin_id = ?",
                           id, admin_id, &statement);

    return error ? error : take_passkey(&statement, ret_row);
}

int passkey_store_add(struct store *store, const struct passkey_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "INSERT INTO passkey (id, admin_id, name, credential, public_key, "
                               "counter, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, row->id);
    statement_add_text(&statement, row->admin_id);
    statement_add_text(&statement, row->name);
    statement_add_blob(&statement, row->credential, row->credential_size);
    statement_add_blob(&statement, row->public_key, row->public_key_size);
    statement_add_number(&statement, row->counter);
    statement_add_number(&statement, row->created_at);
    return statement_run(&statement);
}

int passkey_store_note_use(struct store *store, const char *id, uint32_t counter, int64_t at)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "UPDATE passkey SET counter = ?, last_used_at = ? WHERE id = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, counter);
    statement_add_number(&statement, at);
    statement_add_text(&statement, id);
    return statement_run(&statement);
}

int passkey_store_delete(struct store *store, const char *id)
{
    int64_t changes = 0;
    int error = run_of_admin(store, "DELETE FROM passkey WHERE id = ?", id, &changes);

    return error || changes ? error : -ENOENT;
}
