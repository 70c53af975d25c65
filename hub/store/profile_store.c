/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/profile_store.h"

#include <errno.h>
#include <string.h>

#include "hub/store/statement.h"

static int take_issued(struct statement *statement, struct issued_profile *issued)
{
    const void *digest;

    statement_take_text_into(statement, issued->format, sizeof(issued->format));
    issued->issued_at = statement_take_number(statement);
    statement_take_text_into(statement, issued->excluded, sizeof(issued->excluded));
    digest = statement_take_blob(statement, &issued->digest_size);
    if (issued->digest_size > sizeof(issued->digest))
        return -EUCLEAN;
    if (issued->digest_size > 0)
        memcpy(issued->digest, digest, issued->digest_size);
    return statement_row_end(statement);
}

int profile_store_get(struct store *store, const char *peer_id, struct issued_profile *ret_issued)
{
    _cleanup_statement_ struct statement statement = {0};
    struct issued_profile issued = {0};
    int error = statement_find_one(store,
                                   "SELECT format, issued_at, excluded, digest FROM issued_profile "
                                   "WHERE peer_id = ?",
                                   peer_id, NULL, &statement);

    if (!error)
        error = text_copy(issued.peer_id, sizeof(issued.peer_id), peer_id);
    if (!error)
        error = take_issued(&statement, &issued);
    if (!error)
        *ret_issued = issued;
    return error;
}

int profile_store_put(struct store *store, const struct issued_profile *issued)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    if (issued->digest_size > sizeof(issued->digest))
        return -EINVAL;
    error = statement_open(store,
                           "INSERT OR REPLACE INTO issued_profile (peer_id, format, issued_at, "
                           "excluded, digest) VALUES (?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, issued->peer_id);
    statement_add_text(&statement, issued->format);
    statement_add_number(&statement, issued->issued_at);
    statement_add_text(&statement, issued->excluded);
    statement_add_blob(&statement, issued->digest, issued->digest_size);
    return statement_run(&statement);
}
