/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/hub_store.h"

#include <errno.h>
#include <sodium.h>
#include <sys/socket.h>

#include "hub/base/text.h"
#include "hub/store/statement.h"

/* RFC 4193: fd, then 40 random bits. */
static struct prefix random_ula(void)
{
    struct prefix ula = {.address = {.family = AF_INET6}, .length = 48};

    ula.address.bytes[0] = 0xfd;
    randombytes_buf(&ula.address.bytes[1], 5);
    return ula;
}

static int insert(struct store *store)
{
    _cleanup_statement_ struct statement statement = {0};
    struct prefix ula = random_ula();
    int error;

    error = statement_open(store, "INSERT INTO hub (one, ula, created_at) VALUES (1, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_prefix(&statement, &ula);
    statement_add_number(&statement, clock_seconds());
    return statement_run(&statement);
}

int hub_store_make(struct store *store)
{
    struct hub_row row;
    int error = hub_store_get(store, &row);

    return error == -ENOENT ? insert(store) : error;
}

int hub_store_get(struct store *store, struct hub_row *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    struct hub_row row;
    int error =
        statement_find_one(store, "SELECT ula, created_at FROM hub", NULL, NULL, &statement);

    if (error)
        return error;
    statement_take_prefix(&statement, &row.ula);
    row.created_at = statement_take_number(&statement);
    error = statement_row_end(&statement);
    if (!error)
        *ret_row = row;
    return error;
}
