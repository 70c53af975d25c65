/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/idempotency_store.h"

#include <errno.h>

#include "hub/base/text.h"
#include "hub/store/statement.h"

enum { KEPT_SECONDS = 24 * 3600 };

int idempotency_store_get(struct store *store, const char *who, const char *key,
                          struct kept_answer *ret_answer)
{
    _cleanup_statement_ struct statement statement = {0};
    struct kept_answer answer = {0};
    int error;

    error = statement_open(store,
                           "SELECT request_hash, status, body FROM kept_answer "
                           "WHERE who = ? AND key = ? AND at > ?",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, who);
    statement_add_text(&statement, key);
    statement_add_number(&statement, clock_seconds() - KEPT_SECONDS);
    error = statement_step_one(&statement);
    if (error)
        return error;
    statement_take_bytes(&statement, answer.request_hash, sizeof(answer.request_hash));
    answer.status = (uint16_t)statement_take_number(&statement);
    error = statement_row_end(&statement);
    if (error)
        return error;
    answer.body = text_duplicate(statement_take_text(&statement));
    *ret_answer = answer;
    return 0;
}

static int forget_old(struct store *store, int64_t before)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM kept_answer WHERE at <= ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, before);
    return statement_run(&statement);
}

int idempotency_store_put(struct store *store, const char *who, const char *key,
                          const struct kept_answer *answer)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error = forget_old(store, now - KEPT_SECONDS);
    if (error)
        return error;
    error = statement_open(store,
                           "INSERT INTO kept_answer (who, key, at, request_hash, status, body) "
                           "VALUES (?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, who);
    statement_add_text(&statement, key);
    statement_add_number(&statement, now);
    statement_add_blob(&statement, answer->request_hash, sizeof(answer->request_hash));
    statement_add_number(&statement, answer->status);
    statement_add_text(&statement, answer->body);
    return statement_run(&statement);
}

int idempotency_store_clear(struct store *store)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM kept_answer", &statement);

    return error ? error : statement_run(&statement);
}
