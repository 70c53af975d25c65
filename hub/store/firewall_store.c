/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/firewall_store.h"

#include <errno.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/store/firewall_end.h"
#include "hub/store/statement.h"

#define COLUMNS \
    "r.id, r.instance_id, r.\"order\", r.allow, r.both, r.protocol, r.ports, r.from_kind, " \
    "r.from_value, r.to_kind, r.to_value, r.expires_at, r.enabled, r.comment, r.created_at, " \
    "r.updated_at, r.revision, coalesce(h.total, 0)"
#define JOINED " FROM firewall_rule r LEFT JOIN firewall_hits h ON h.rule_id = r.id "

/* Between two rules; halved 20 times before all are numbered anew. */
enum { ORDER_STEP = 1 << 20 };

static int take_row(struct statement *statement, struct firewall_row *ret_row)
{
    struct firewall_row row = {0};
    int error;

    statement_take_text_into(statement, row.id, sizeof(row.id));
    statement_take_text_into(statement, row.instance_id, sizeof(row.instance_id));
    row.order = statement_take_number(statement);
    row.allow = statement_take_number(statement) != 0;
    row.both = statement_take_number(statement) != 0;
    row.protocol = (uint8_t)statement_take_number(statement);
    statement_take_text_into(statement, row.ports, sizeof(row.ports));
    firewall_end_take(statement, &row.from);
    firewall_end_take(statement, &row.to);
    row.expires = !statement_take_null(statement);
    if (row.expires)
        row.expires_at = statement_take_number(statement);
    row.enabled = statement_take_number(statement) != 0;
    statement_take_text_into(statement, row.comment, sizeof(row.comment));
    row.created_at = statement_take_number(statement);
    row.updated_at = statement_take_number(statement);
    row.revision = (uint64_t)statement_take_number(statement);
    row.hits = (uint64_t)statement_take_number(statement);
    error = statement_row_end(statement);
    if (!error)
        *ret_row = row;
    return error;
}

int firewall_store_find(struct store *store, const char *instance_id, const char *id,
                        struct firewall_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_find_one(store, "SELECT " COLUMNS JOINED "WHERE r.id = ? AND r.instance_id = ?",
                           id, instance_id, &statement);

    return error ? error : take_row(&statement, ret_row);
}

int firewall_store_at(struct store *store, const char *instance_id, uint64_t position,
                      struct firewall_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    if (position == 0)
        return -ENOENT;
    error = statement_open(store,
                           "SELECT " COLUMNS JOINED
                           "WHERE r.instance_id = ? ORDER BY r.\"order\" LIMIT 1 OFFSET ?",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, (int64_t)position - 1);
    error = statement_step_one(&statement);
    return error ? error : take_row(&statement, ret_row);
}

static int number_of(struct statement *statement, int64_t *ret_number)
{
    int error = statement_step_one(statement);

    if (!error)
        *ret_number = statement_take_number(statement);
    return error;
}

int firewall_store_position(struct store *store, const struct firewall_row *row,
                            uint64_t *ret_position)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t number;
    int error;

    error = statement_open(
        store, "SELECT count(*) FROM firewall_rule WHERE instance_id = ? AND \"order\" <= ?",
        &statement);
    if (error)
        return error;
    statement_add_text(&statement, row->instance_id);
    statement_add_number(&statement, row->order);
    error = number_of(&statement, &number);
    if (!error)
        *ret_position = (uint64_t)number;
    return error;
}

#define OF_NOBODY(end) \
    "(" end "_kind IN (?2, ?3) AND NOT EXISTS (SELECT 1 FROM peer WHERE id = " end \
    "_value) OR " end "_kind = ?4 AND NOT EXISTS (SELECT 1 FROM user WHERE id = " end "_value))"

int firewall_store_count_of_nobody(struct store *store, const char *instance_id,
                                   const struct firewall_id_kinds *kinds, uint64_t *ret_count)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t count = 0;
    int error;

    error = statement_open(store,
                           "SELECT count(*) FROM firewall_rule WHERE instance_id = ?1 AND enabled "
                           "AND (" OF_NOBODY("from") " OR " OF_NOBODY("to") ")",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, kinds->peer);
    statement_add_number(&statement, kinds->site);
    statement_add_number(&statement, kinds->user);
    error = number_of(&statement, &count);
    *ret_count = (uint64_t)count;
    return error;
}

int firewall_store_count(struct store *store, const char *instance_id, uint64_t *ret_count)
{
    struct firewall_row last = {.order = INT64_MAX};

    (void)text_copy(last.instance_id, sizeof(last.instance_id), instance_id);
    return firewall_store_position(store, &last, ret_count);
}

static int each_row(struct statement *statement, firewall_each each, void *data)
{
    int result;

    while ((result = statement_step(statement)) > 0) {
        struct firewall_row row;

        result = take_row(statement, &row);
        if (!result)
            result = each(&row, data);
        if (result)
            return result;
    }
    return result;
}

int firewall_store_list(struct store *store, const char *instance_id, int64_t after, unsigned limit,
                        firewall_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT " COLUMNS JOINED "WHERE r.instance_id = ? AND r.\"order\" > ? "
                           "ORDER BY r.\"order\" LIMIT ?",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, after);
    statement_add_number(&statement, limit ? (int64_t)limit : -1);
    return each_row(&statement, each, data);
}

int firewall_store_naming(struct store *store, const char *instance_id, uint8_t kind,
                          const char *value, firewall_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT " COLUMNS JOINED
                           "WHERE r.instance_id = ?1 AND r.from_kind = ?2 AND r.from_value = ?3 "
                           "UNION SELECT " COLUMNS JOINED
                           "WHERE r.instance_id = ?1 AND r.to_kind = ?2 AND r.to_value = ?3 "
                           "ORDER BY 3",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, kind);
    statement_add_text(&statement, value);
    return each_row(&statement, each, data);
}

int firewall_store_of_kind(struct store *store, const char *instance_id, uint8_t kind,
                           firewall_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT " COLUMNS JOINED "WHERE r.instance_id = ?1 AND r.from_kind = ?2 "
                           "UNION SELECT " COLUMNS JOINED
                           "WHERE r.instance_id = ?1 AND r.to_kind = ?2 ORDER BY 3",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, kind);
    return each_row(&statement, each, data);
}

int firewall_store_before(struct store *store, const struct firewall_row *row,
                          char ret_id[static ID_MAX])
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT id FROM firewall_rule WHERE instance_id = ? AND \"order\" < ? "
                            "AND enabled ORDER BY \"order\" DESC LIMIT 1",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, row->instance_id);
    statement_add_number(&statement, row->order);
    result = statement_step(&statement);
    if (result < 0)
        return result;
    ret_id[0] = 0;
    if (result > 0)
        statement_take_text_into(&statement, ret_id, ID_MAX);
    return statement_row_end(&statement);
}

/* ---- order ---- */

/* The orders around a position among the others; absent ones are a step away. */
static int read_neighbours(struct store *store, const char *instance_id, uint64_t position,
                           const char *except_id, int64_t *ret_before, int64_t *ret_after)
{
    _cleanup_statement_ struct statement statement = {0};
    uint64_t offset = position > 1 ? position - 2 : 0;
    int64_t orders[2];
    size_t count = 0;
    int result;

    result = statement_open(store,
                            "SELECT \"order\" FROM firewall_rule WHERE instance_id = ? "
                            "AND id <> ? ORDER BY \"order\" LIMIT 2 OFFSET ?",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    statement_add_text(&statement, except_id ? except_id : "");
    statement_add_number(&statement, (int64_t)offset);
    while ((result = statement_step(&statement)) > 0 && count < 2)
        orders[count++] = statement_take_number(&statement);
    if (result < 0)
        return result;
    if (position <= 1) {
        *ret_after = count > 0 ? orders[0] : ORDER_STEP;
        *ret_before = *ret_after - 2 * (int64_t)ORDER_STEP;
        return 0;
    }
    if (count == 0)
        return -ERANGE;
    *ret_before = orders[0];
    *ret_after = count > 1 ? orders[1] : orders[0] + 2 * (int64_t)ORDER_STEP;
    return 0;
}

static int last_order(struct store *store, const char *instance_id, const char *except_id,
                      int64_t *ret_order)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT coalesce((SELECT \"order\" FROM firewall_rule WHERE "
                           "instance_id = ? AND id <> ? ORDER BY \"order\" DESC LIMIT 1), 0)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_text(&statement, except_id ? except_id : "");
    return number_of(&statement, ret_order);
}

/* Twice, by way of numbers that none has: the index holds within a statement too. */
static int number_anew(struct store *store, const char *instance_id)
{
    _cleanup_statement_ struct statement away = {0}, back = {0};
    int error;

    error = statement_open(store,
                           "UPDATE firewall_rule SET \"order\" = -4611686018427387904 + n.number "
                           "FROM (SELECT id, row_number() OVER (ORDER BY \"order\") AS number "
                           "FROM firewall_rule WHERE instance_id = ?1) n "
                           "WHERE n.id = firewall_rule.id",
                           &away);
    if (error)
        return error;
    statement_add_text(&away, instance_id);
    error = statement_run(&away);
    if (error)
        return error;
    error = statement_open(store,
                           "UPDATE firewall_rule SET \"order\" = "
                           "(\"order\" + 4611686018427387904) * 1048576 WHERE instance_id = ?",
                           &back);
    if (error)
        return error;
    statement_add_text(&back, instance_id);
    return statement_run(&back);
}

static int order_between(struct store *store, const char *instance_id, uint64_t position,
                         const char *except_id, int64_t *ret_order)
{
    int64_t before, after;
    int error = read_neighbours(store, instance_id, position, except_id, &before, &after);

    if (error == -ERANGE) {
        error = last_order(store, instance_id, except_id, &before);
        after = before + 2 * (int64_t)ORDER_STEP;
    }
    if (error)
        return error;
    if (after - before < 2)
        return -ENOSPC;
    *ret_order = before + (after - before) / 2;
    return 0;
}

int firewall_store_make_order(struct store *store, const char *instance_id, uint64_t position,
                              const char *except_id, int64_t *ret_order)
{
    int error = order_between(store, instance_id, position, except_id, ret_order);

    if (error != -ENOSPC)
        return error;
    error = number_anew(store, instance_id);
    return error ? error : order_between(store, instance_id, position, except_id, ret_order);
}

/* ---- writing ---- */

/* order ... comment */
static void add_columns(struct statement *statement, const struct firewall_row *row)
{
    statement_add_number(statement, row->order);
    statement_add_number(statement, row->allow);
    statement_add_number(statement, row->both);
    statement_add_number(statement, row->protocol);
    statement_add_text(statement, row->ports);
    firewall_end_add(statement, &row->from);
    firewall_end_add(statement, &row->to);
    if (row->expires)
        statement_add_number(statement, row->expires_at);
    else
        statement_add_null(statement);
    statement_add_number(statement, row->enabled);
    statement_add_text(statement, row->comment);
}

int firewall_store_add(struct store *store, struct firewall_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error = statement_open(store,
                           "INSERT INTO firewall_rule (id, instance_id, \"order\", allow, both, "
                           "protocol, ports, from_kind, from_value, to_kind, to_value, expires_at, "
                           "enabled, comment, created_at, updated_at, revision) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, row->id);
    statement_add_text(&statement, row->instance_id);
    add_columns(&statement, row);
    statement_add_number(&statement, now);
    statement_add_number(&statement, now);
    error = statement_run(&statement);
    if (error)
        return error;
    row->created_at = row->updated_at = now;
    row->revision = 1;
    return 0;
}

int firewall_store_update(struct store *store, struct firewall_row *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error = statement_open(store,
                           "UPDATE firewall_rule SET \"order\" = ?, allow = ?, both = ?, "
                           "protocol = ?, ports = ?, from_kind = ?, from_value = ?, to_kind = ?, "
                           "to_value = ?, expires_at = ?, enabled = ?, comment = ?, "
                           "updated_at = ?, revision = ? WHERE id = ? AND instance_id = ?",
                           &statement);
    if (error)
        return error;
    add_columns(&statement, row);
    statement_add_number(&statement, now);
    statement_add_number(&statement, (int64_t)row->revision + 1);
    statement_add_text(&statement, row->id);
    statement_add_text(&statement, row->instance_id);
    error = statement_run(&statement);
    if (error)
        return error;
    if (statement_changes(&statement) == 0)
        return -ENOENT;
    row->updated_at = now;
    row->revision++;
    return 0;
}

int firewall_store_delete(struct store *store, const char *instance_id, const char *id)
{
    return statement_change_one(store, "DELETE FROM firewall_rule WHERE id = ? AND instance_id = ?",
                                id, instance_id);
}

int firewall_store_put_hits(struct store *store, const char *rule_id, uint64_t seen)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    /* A rule that went meanwhile has no row to hang them on. */
    error = statement_open(store,
                           "INSERT INTO firewall_hits (rule_id, total, seen) "
                           "SELECT id, ?2, ?2 FROM firewall_rule WHERE id = ?1 "
                           "ON CONFLICT (rule_id) DO UPDATE SET "
                           "total = total + iif(excluded.seen >= seen, excluded.seen - seen, "
                           "excluded.seen), seen = excluded.seen",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, rule_id);
    statement_add_number(&statement, (int64_t)seen);
    return statement_run(&statement);
}
