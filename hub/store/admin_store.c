/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/admin_store.h"

#include <errno.h>

#include "hub/store/statement.h"

#define COLUMNS \
    "id, name, role, limited, enabled, coalesce(password, ''), " \
    "(SELECT count(*) FROM admin_totp t WHERE t.admin_id = admin.id AND t.confirmed), " \
    "(SELECT count(*) FROM passkey p WHERE p.admin_id = admin.id), " \
    "(SELECT count(*) FROM recovery_code c WHERE c.admin_id = admin.id), " \
    "coalesce(last_sign_in, 0), created_at, updated_at, revision"

static int take_row(struct store *store, struct statement *statement, struct admin *ret_admin)
{
    struct admin admin = {0};
    int error;

    statement_take_text_into(statement, admin.id, sizeof(admin.id));
    statement_take_text_into(statement, admin.name, sizeof(admin.name));
    admin.rights.role = (uint8_t)statement_take_number(statement);
    admin.rights.limited = statement_take_number(statement) != 0;
    admin.enabled = statement_take_number(statement) != 0;
    statement_take_text_into(statement, admin.password, sizeof(admin.password));
    admin.has_totp = statement_take_number(statement) != 0;
    admin.passkeys = (uint32_t)statement_take_number(statement);
    admin.recovery_codes = (uint32_t)statement_take_number(statement);
    admin.last_sign_in = statement_take_number(statement);
    admin.created_at = statement_take_number(statement);
    admin.updated_at = statement_take_number(statement);
    admin.revision = (uint64_t)statement_take_number(statement);
    error = statement_row_end(statement);
    if (!error && admin.rights.limited)
        error = rights_store_get(store, RIGHTS_OF_ADMIN, admin.id, &admin.rights);
    if (!error)
        *ret_admin = admin;
    return error;
}

static int find(struct store *store, struct statement *statement, const char *key,
                struct admin *ret_admin)
{
    int error;

    statement_add_text(statement, key);
    error = statement_step_one(statement);
    return error ? error : take_row(store, statement, ret_admin);
}

static int find_by_id(struct store *store, const char *id, struct admin *ret_admin)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "SELECT " COLUMNS " FROM admin WHERE id = ?", &statement);

    return error ? error : find(store, &statement, id, ret_admin);
}

static int find_by_name(struct store *store, const char *name, struct admin *ret_admin)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "SELECT " COLUMNS " FROM admin WHERE name = ?", &statement);

    return error ? error : find(store, &statement, name, ret_admin);
}

int admin_store_find(struct store *store, const char *id_or_name, struct admin *ret_admin)
{
    int error = find_by_id(store, id_or_name, ret_admin);

    return error == -ENOENT ? find_by_name(store, id_or_name, ret_admin) : error;
}

int admin_store_list(struct store *store, const char *after, unsigned limit, admin_each each,
                     void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(
        store, "SELECT " COLUMNS " FROM admin WHERE name > ?1 ORDER BY name LIMIT ?2", &statement);

    if (result)
        return result;
    statement_add_text(&statement, after ? after : "");
    statement_add_number(&statement, limit ? (int64_t)limit : -1);
    while ((result = statement_step(&statement)) > 0) {
        struct admin admin;

        result = take_row(store, &statement, &admin);
        if (!result)
            result = each(&admin, data);
        if (result)
            return result;
    }
    return result;
}

int admin_store_add(struct store *store, struct admin *admin)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "INSERT INTO admin (id, name, role, limited, enabled, password, "
                               "created_at, updated_at, revision) "
                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
                               &statement);

    if (error)
        return error;
    admin->created_at = admin->updated_at = clock_seconds();
    admin->revision = 1;
    statement_add_text(&statement, admin->id);
    statement_add_text(&statement, admin->name);
    statement_add_number(&statement, admin->rights.role);
    statement_add_number(&statement, admin->rights.limited);
    statement_add_number(&statement, admin->enabled);
    statement_add_text(&statement, admin->password[0] ? admin->password : NULL);
    statement_add_number(&statement, admin->created_at);
    statement_add_number(&statement, admin->updated_at);
    error = statement_run(&statement);
    return error ? error : rights_store_put(store, RIGHTS_OF_ADMIN, admin->id, &admin->rights);
}

int admin_store_update(struct store *store, struct admin *admin)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error = statement_open(store,
                               "UPDATE admin SET name = ?, role = ?, limited = ?, enabled = ?, "
                               "password = ?, updated_at = ?, revision = revision + 1 "
                               "WHERE id = ?",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, admin->name);
    statement_add_number(&statement, admin->rights.role);
    statement_add_number(&statement, admin->rights.limited);
    statement_add_number(&statement, admin->enabled);
    statement_add_text(&statement, admin->password[0] ? admin->password : NULL);
    statement_add_number(&statement, now);
    statement_add_text(&statement, admin->id);
    error = statement_run(&statement);
    if (!error && statement_changes(&statement) == 0)
        error = -ENOENT;
    if (!error)
        error = rights_store_put(store, RIGHTS_OF_ADMIN, admin->id, &admin->rights);
    if (error)
        return error;
    admin->updated_at = now;
    admin->revision++;
    return 0;
}

int admin_store_note_sign_in(struct store *store, const char *id, int64_t at)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "UPDATE admin SET last_sign_in = ? WHERE id = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, at);
    statement_add_text(&statement, id);
    return statement_run(&statement);
}

int admin_store_delete(struct store *store, const char *id)
{
    return statement_change_one(store, "DELETE FROM admin WHERE id = ?", id, NULL);
}

int admin_store_count(struct store *store, uint8_t role, uint32_t *ret_count)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "SELECT count(*) FROM admin WHERE role = ? AND enabled", &statement);

    if (error)
        return error;
    statement_add_number(&statement, role);
    error = statement_step_one(&statement);
    if (!error)
        *ret_count = (uint32_t)statement_take_number(&statement);
    return error;
}
