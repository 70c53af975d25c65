/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/rights.h"

#include <errno.h>
#include <string.h>

#include "hub/store/statement.h"

static bool lists(const struct rights *rights, const char *instance_id)
{
    for (size_t i = 0; i < rights->instance_count; i++)
        if (text_equal(rights->instances[i], instance_id))
            return true;
    return false;
}

bool rights_see(const struct rights *rights, const char *instance_id)
{
    return !rights->limited || lists(rights, instance_id);
}

void rights_meet(const struct rights *a, const struct rights *b, struct rights *ret_rights)
{
    const struct rights *narrow = a->limited ? a : b, *other = a->limited ? b : a;
    struct rights met = {.role = a->role < b->role ? a->role : b->role, .limited = narrow->limited};

    for (size_t i = 0; narrow->limited && i < narrow->instance_count; i++)
        if (rights_see(other, narrow->instances[i]))
            memcpy(met.instances[met.instance_count++], narrow->instances[i], ID_MAX);
    *ret_rights = met;
}

int rights_store_get(struct store *store, enum rights_holder holder, const char *id,
                     struct rights *rights)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    rights->instance_count = 0;
    result = statement_open(store,
                            holder == RIGHTS_OF_ADMIN
                                ? "SELECT instance_id FROM admin_instance WHERE admin_id = ? "
                                  "ORDER BY instance_id"
                                : "SELECT instance_id FROM token_instance WHERE token_id = ? "
                                  "ORDER BY instance_id",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, id);
    while ((result = statement_step(&statement)) > 0) {
        if (rights->instance_count == RIGHTS_INSTANCES_MAX)
            return -EUCLEAN;
        statement_take_text_into(&statement, rights->instances[rights->instance_count++], ID_MAX);
        result = statement_row_end(&statement);
        if (result)
            return result;
    }
    return result;
}

static int forget(struct store *store, enum rights_holder holder, const char *id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store,
                       holder == RIGHTS_OF_ADMIN ? "DELETE FROM admin_instance WHERE admin_id = ?"
                                                 : "DELETE FROM token_instance WHERE token_id = ?",
                       &statement);

    if (error)
        return error;
    statement_add_text(&statement, id);
    return statement_run(&statement);
}

static int put_one(struct store *store, enum rights_holder holder, const char *id,
                   const char *instance_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store,
                       holder == RIGHTS_OF_ADMIN
                           ? "INSERT INTO admin_instance (admin_id, instance_id) VALUES (?, ?)"
                           : "INSERT INTO token_instance (token_id, instance_id) VALUES (?, ?)",
                       &statement);

    if (error)
        return error;
    statement_add_text(&statement, id);
    statement_add_text(&statement, instance_id);
    return statement_run(&statement);
}

int rights_store_put(struct store *store, enum rights_holder holder, const char *id,
                     const struct rights *rights)
{
    int error = forget(store, holder, id);

    for (size_t i = 0; !error && rights->limited && i < rights->instance_count; i++)
        error = put_one(store, holder, id, rights->instances[i]);
    return error;
}
