/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/peer_label.h"

#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/store/statement.h"

int peer_label_list(struct store *store, struct peer *peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    peer->user[0] = 0;
    peer->group_count = 0;
    result = statement_open(store,
                            "SELECT kind, label FROM peer_label WHERE peer_id = ? "
                            "ORDER BY kind, label",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, peer->id);
    while ((result = statement_step(&statement)) > 0) {
        if (statement_take_number(&statement) == LABEL_USER)
            statement_take_text_into(&statement, peer->user, sizeof(peer->user));
        else if (peer->group_count < ELEMENTS(peer->groups))
            statement_take_text_into(&statement, peer->groups[peer->group_count++],
                                     sizeof(peer->groups[0]));
        result = statement_row_end(&statement);
        if (result)
            return result;
    }
    return result;
}

static int remove_all(struct store *store, const char *peer_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM peer_label WHERE peer_id = ?", &statement);

    if (error)
        return error;
    statement_add_text(&statement, peer_id);
    return statement_run(&statement);
}

static int insert(struct store *store, const struct peer *peer, enum label_kind kind,
                  const char *label)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT OR IGNORE INTO peer_label (peer_id, kind, label, instance_id) "
                           "VALUES (?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, peer->id);
    statement_add_number(&statement, kind);
    statement_add_text(&statement, label);
    statement_add_text(&statement, peer->instance_id);
    return statement_run(&statement);
}

int peer_label_put(struct store *store, const struct peer *peer)
{
    int error = remove_all(store, peer->id);

    if (!error && peer->user[0])
        error = insert(store, peer, LABEL_USER, peer->user);
    for (size_t i = 0; !error && i < peer->group_count; i++)
        error = insert(store, peer, LABEL_GROUP, peer->groups[i]);
    return error;
}

int peer_label_holders(struct store *store, const char *instance_id, enum label_kind kind,
                       const char *label, peer_label_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT peer_id FROM peer_label INDEXED BY peer_label_holders "
                            "WHERE instance_id = ? AND kind = ? AND label = ?",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, kind);
    statement_add_text(&statement, label);
    while ((result = statement_step(&statement)) > 0) {
        char peer_id[ID_MAX];

        statement_take_text_into(&statement, peer_id, sizeof(peer_id));
        result = statement_row_end(&statement);
        if (!result)
            result = each(peer_id, data);
        if (result)
            return result;
    }
    return result;
}
