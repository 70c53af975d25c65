/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/user_store.h"

#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/store/statement.h"
#include "hub/store/store_private.h"

#define COLUMNS "id, name, email, note, enabled, created_at, updated_at, revision"

int user_store_groups(struct store *store, const char *user_id,
                      char ret_groups[static USER_GROUPS_MAX][65], size_t *ret_count)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    *ret_count = 0;
    result = statement_open(store, "SELECT label FROM user_group WHERE user_id = ? ORDER BY label",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, user_id);
    while ((result = statement_step(&statement)) > 0) {
        if (*ret_count < USER_GROUPS_MAX)
            statement_take_text_into(&statement, ret_groups[(*ret_count)++], sizeof(*ret_groups));
        result = statement_row_end(&statement);
        if (result)
            return result;
    }
    return result;
}

static int take_user(struct statement *statement, struct user *ret_user)
{
    struct user user = {0};
    int error;

    statement_take_text_into(statement, user.id, sizeof(user.id));
    statement_take_text_into(statement, user.name, sizeof(user.name));
    statement_take_text_into(statement, user.email, sizeof(user.email));
    statement_take_text_into(statement, user.note, sizeof(user.note));
    user.enabled = statement_take_number(statement) != 0;
    user.created_at = statement_take_number(statement);
    user.updated_at = statement_take_number(statement);
    user.revision = (uint64_t)statement_take_number(statement);
    error = statement_row_end(statement);
    if (!error)
        error = user_store_groups(statement->store, user.id, user.groups, &user.group_count);
    if (!error)
        *ret_user = user;
    return error;
}

static int find(struct store *store, const char *sql, const char *value, struct user *ret_user)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(store, sql, value, NULL, &statement);

    return error ? error : take_user(&statement, ret_user);
}

int user_store_find(struct store *store, const char *id_or_name, struct user *ret_user)
{
    int error = find(store, "SELECT " COLUMNS " FROM user WHERE id = ?", id_or_name, ret_user);

    if (error == -ENOENT)
        error = find(store, "SELECT " COLUMNS " FROM user WHERE name = ?", id_or_name, ret_user);
    return error;
}

int user_store_list(struct store *store, const char *after, unsigned limit, user_each each,
                    void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(
        store, "SELECT " COLUMNS " FROM user WHERE name > ? ORDER BY name LIMIT ?", &statement);
    if (result)
        return result;
    statement_add_text(&statement, after ? after : "");
    statement_add_number(&statement, limit ? (int64_t)limit : -1);
    while ((result = statement_step(&statement)) > 0) {
        struct user user;

        result = take_user(&statement, &user);
        if (!result)
            result = each(&user, data);
        if (result)
            return result;
    }
    return result;
}

/* ---- writing ---- */

static int add_group(struct store *store, const char *user_id, const char *label)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store, "INSERT OR IGNORE INTO user_group (user_id, label) VALUES (?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, user_id);
    statement_add_text(&statement, label);
    return statement_run(&statement);
}

static int put_groups(struct store *store, const struct user *user)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM user_group WHERE user_id = ?", &statement);

    if (error)
        return error;
    statement_add_text(&statement, user->id);
    error = statement_run(&statement);
    for (size_t i = 0; i < user->group_count && !error; i++)
        error = add_group(store, user->id, user->groups[i]);
    return error;
}

static int failed(struct store *store, int error, const char **ret_column)
{
    if (error == -EEXIST)
        *ret_column = store->error_column;
    return error;
}

int user_store_add(struct store *store, struct user *user, const char **ret_column)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error = statement_open(store,
                           "INSERT INTO user (name, email, note, enabled, id, created_at, "
                           "updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, user->name);
    statement_add_text(&statement, user->email);
    statement_add_text(&statement, user->note);
    statement_add_number(&statement, user->enabled);
    statement_add_text(&statement, user->id);
    statement_add_number(&statement, now);
    statement_add_number(&statement, now);
    error = statement_run(&statement);
    if (!error)
        error = put_groups(store, user);
    if (error)
        return failed(store, error, ret_column);
    user->created_at = user->updated_at = now;
    user->revision = 1;
    return 0;
}

int user_store_update(struct store *store, struct user *user, const char **ret_column)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error = statement_open(store,
                           "UPDATE user SET name = ?, email = ?, note = ?, enabled = ?, "
                           "updated_at = ?, revision = ? WHERE id = ?",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, user->name);
    statement_add_text(&statement, user->email);
    statement_add_text(&statement, user->note);
    statement_add_number(&statement, user->enabled);
    statement_add_number(&statement, now);
    statement_add_number(&statement, (int64_t)user->revision + 1);
    statement_add_text(&statement, user->id);
    error = statement_run(&statement);
    if (!error && statement_changes(&statement) == 0)
        error = -ENOENT;
    if (!error)
        error = put_groups(store, user);
    if (error)
        return failed(store, error, ret_column);
    user->updated_at = now;
    user->revision++;
    return 0;
}

int user_store_delete(struct store *store, const char *id)
{
    return statement_change_one(store, "DELETE FROM user WHERE id = ?", id, NULL);
}

/* ---- its peers ---- */

int user_store_count_peers(struct store *store, const char *user_id, uint32_t *ret_total,
                           uint32_t *ret_enabled)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(store,
                                   "SELECT count(*), coalesce(sum(enabled), 0) FROM peer "
                                   "INDEXED BY peer_of_user WHERE user_id = ?",
                                   user_id, NULL, &statement);

    if (error)
        return error;
    *ret_total = (uint32_t)statement_take_number(&statement);
    *ret_enabled = (uint32_t)statement_take_number(&statement);
    return statement_row_end(&statement);
}

int user_store_peers(struct store *store, const char *user_id, const char *instance_id,
                     uint64_t after_row, unsigned limit, user_peer_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT instance_id, id, \"row\" FROM peer INDEXED BY peer_of_user "
                            "WHERE user_id = ? AND (?2 IS NULL OR instance_id = ?2) "
                            "AND \"row\" > ? ORDER BY \"row\" LIMIT ?",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, user_id);
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, (int64_t)after_row);
    statement_add_number(&statement, limit ? (int64_t)limit : -1);
    while ((result = statement_step(&statement)) > 0) {
        char instance[ID_MAX], peer[ID_MAX];
        uint64_t row;

        statement_take_text_into(&statement, instance, sizeof(instance));
        statement_take_text_into(&statement, peer, sizeof(peer));
        row = (uint64_t)statement_take_number(&statement);
        result = statement_row_end(&statement);
        if (!result)
            result = each(instance, peer, row, data);
        if (result)
            return result;
    }
    return result;
}

int user_store_instances(struct store *store, const char *user_id, user_instance_each each,
                         void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT DISTINCT instance_id FROM peer INDEXED BY peer_of_user "
                            "WHERE user_id = ?",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, user_id);
    while ((result = statement_step(&statement)) > 0) {
        char instance[ID_MAX];

        statement_take_text_into(&statement, instance, sizeof(instance));
        result = statement_row_end(&statement);
        if (!result)
            result = each(instance, data);
        if (result)
            return result;
    }
    return result;
}
