/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/firewall_check_store.h"

#include <errno.h>

#include "hub/store/firewall_end.h"
#include "hub/store/statement.h"

#define COLUMNS \
    "id, instance_id, allow, protocol, port, from_kind, from_value, to_kind, to_value, created_at"

static int take_row(struct statement *statement, struct firewall_check_row *ret_row)
{
    struct firewall_check_row row = {0};
    int error;

    statement_take_text_into(statement, row.id, sizeof(row.id));
    statement_take_text_into(statement, row.instance_id, sizeof(row.instance_id));
    row.allow = statement_take_number(statement) != 0;
    row.protocol = (uint8_t)statement_take_number(statement);
    row.port = (uint16_t)statement_take_number(statement);
    firewall_end_take(statement, &row.from);
    firewall_end_take(statement, &row.to);
    row.created_at = statement_take_number(statement);
    error = statement_row_end(statement);
    if (!error)
        *ret_row = row;
    return error;
}

int firewall_check_store_find(struct store *store, const char *instance_id, const char *id,
                              struct firewall_check_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(
        store, "SELECT " COLUMNS " FROM firewall_check WHERE id = ? AND instance_id = ?", id,
        instance_id, &statement);

    return error ? error : take_row(&statement, ret_row);
}

int firewall_check_store_list(struct store *store, const char *instance_id,
                              firewall_check_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT " COLUMNS " FROM firewall_check WHERE instance_id = ? "
                            "ORDER BY \"row\"",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    while ((result = statement_step(&statement)) > 0) {
        struct firewall_check_row row;

        result = take_row(&statement, &row);
        if (!result)
            result = each(&row, data);
        if (result)
            return result;
    }
    return result;
}

int firewall_check_store_count(struct store *store, const char *instance_id, uint64_t *ret_count)
{
    int64_t number;
    int error = statement_number(store, "SELECT count(*) FROM firewall_check WHERE instance_id = ?",
                                 instance_id, &number);

    if (!error)
        *ret_count = (uint64_t)number;
    return error;
}

int firewall_check_store_add(struct store *store, struct firewall_check_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error = statement_open(store,
                           "INSERT INTO firewall_check (" COLUMNS ") "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, row->id);
    statement_add_text(&statement, row->instance_id);
    statement_add_number(&statement, row->allow);
    statement_add_number(&statement, row->protocol);
    statement_add_number(&statement, row->port);
    firewall_end_add(&statement, &row->from);
    firewall_end_add(&statement, &row->to);
    statement_add_number(&statement, now);
    error = statement_run(&statement);
    if (!error)
        row->created_at = now;
    return error;
}

int firewall_check_store_delete(struct store *store, const char *instance_id, const char *id)
{
    return statement_change_one(
        store, "DELETE FROM firewall_check WHERE id = ? AND instance_id = ?", id, instance_id);
}
