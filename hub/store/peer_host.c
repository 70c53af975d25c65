/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/peer_host.h"

#include <errno.h>

#include "hub/base/text.h"
#include "hub/store/peer_store.h"
#include "hub/store/statement.h"

static int run(struct store *store, const char *sql, const char *instance_id, int64_t number)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, sql, &statement);

    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, number);
    return statement_run(&statement);
}

int peer_host_take(struct store *store, const char *instance_id, uint64_t host)
{
    int error = run(store,
                    "UPDATE instance_counter SET peers = peers + 1, host_last = ?2 "
                    "WHERE instance_id = ?1",
                    instance_id, (int64_t)host);

    if (!error)
        error = run(store, "DELETE FROM host_rest WHERE instance_id = ?1 AND host = ?2",
                    instance_id, (int64_t)host);
    return error;
}

static int rest(struct store *store, const char *instance_id, uint64_t host)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT OR REPLACE INTO host_rest (instance_id, host, released_at) "
                           "VALUES (?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, (int64_t)host);
    statement_add_number(&statement, clock_seconds());
    return statement_run(&statement);
}

int peer_host_release(struct store *store, const char *instance_id, uint64_t host)
{
    int error = run(store, "UPDATE instance_counter SET peers = peers - ?2 WHERE instance_id = ?1",
                    instance_id, 1);

    return error ? error : rest(store, instance_id, host);
}

static int last_given(struct store *store, const char *instance_id, uint64_t *ret_host)
{
    int64_t number;
    int error =
        statement_number(store, "SELECT host_last FROM instance_counter WHERE instance_id = ?",
                         instance_id, &number);

    if (!error)
        *ret_host = (uint64_t)number;
    return error;
}

/* Walks what is taken from `first` on until there is a gap. -ENOENT when there is none. The walk
 * is short: it starts after the number given out last. */
static int gap(struct store *store, const char *instance_id, uint64_t first, uint64_t last,
               uint64_t *ret_host)
{
    _cleanup_statement_ struct statement statement = {0};
    uint64_t candidate = first;
    int result;

    result = statement_open(store,
                            "SELECT host FROM peer WHERE instance_id = ?1 "
                            "AND host BETWEEN ?2 AND ?3 "
                            "UNION SELECT host FROM host_rest WHERE instance_id = ?1 "
                            "AND host BETWEEN ?2 AND ?3 ORDER BY host",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, (int64_t)first);
    statement_add_number(&statement, (int64_t)last);
    while ((result = statement_step(&statement)) > 0) {
        if ((uint64_t)statement_take_number(&statement) != candidate)
            break;
        candidate++;
    }
    if (result < 0)
        return result;
    if (candidate > last)
        return -ENOENT;
    *ret_host = candidate;
    return 0;
}

static int longest_rested(struct store *store, const char *instance_id, uint64_t first,
                          uint64_t last, uint64_t *ret_host)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT host FROM host_rest INDEXED BY host_rest_time "
                           "WHERE instance_id = ? AND host BETWEEN ? AND ? "
                           "ORDER BY released_at, host LIMIT 1",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, (int64_t)first);
    statement_add_number(&statement, (int64_t)last);
    error = statement_step_one(&statement);
    if (!error)
        *ret_host = (uint64_t)statement_take_number(&statement);
    return error;
}

int peer_store_free_host(struct store *store, const char *instance_id, uint64_t first,
                         uint64_t last, int64_t rest_seconds, uint64_t *ret_host)
{
    uint64_t start;
    int error;

    if (last > INT64_MAX)
        last = INT64_MAX;
    if (first == 0 || first > last)
        return -EINVAL;
    error = run(store, "DELETE FROM host_rest WHERE instance_id = ? AND released_at <= ?",
                instance_id, clock_seconds() - rest_seconds);
    if (!error)
        error = last_given(store, instance_id, &start);
    if (error)
        return error;
    start = start < first || start >= last ? first : start + 1;

    error = gap(store, instance_id, start, last, ret_host);
    if (error == -ENOENT && start > first)
        error = gap(store, instance_id, first, start - 1, ret_host);
    if (error == -ENOENT)
        error = longest_rested(store, instance_id, first, last, ret_host);
    return error == -ENOENT ? -ENOSPC : error;
}
