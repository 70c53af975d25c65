/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/peer_label.h"

#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/store/statement.h"

int peer_label_list(struct store *store, struct peer *peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    peer->group_count = 0;
    result = statement_open(
        store, "SELECT label FROM peer_label WHERE peer_id = ? ORDER BY kind, label", &statement);
    if (result)
        return result;
    statement_add_text(&statement, peer->id);
    while ((result = statement_step(&statement)) > 0) {
        if (peer->group_count < ELEMENTS(peer->groups))
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

static int insert(struct store *store, const struct peer *peer, const char *label)
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
    statement_add_number(&statement, LABEL_GROUP);
    statement_add_text(&statement, label);
    statement_add_text(&statement, peer->instance_id);
    return statement_run(&statement);
}

int peer_label_put(struct store *store, const struct peer *peer)
{
    int error = remove_all(store, peer->id);

    for (size_t i = 0; !error && i < peer->group_count; i++)
        error = insert(store, peer, peer->groups[i]);
    return error;
}

int peer_label_holders(struct store *store, const char *instance_id, const char *label,
                       peer_label_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT peer_id FROM peer_label INDEXED BY peer_label_holders "
                            "WHERE instance_id = ?1 AND kind = ?2 AND label = ?3 UNION "
                            "SELECT p.id FROM user_group g "
                            "CROSS JOIN peer p INDEXED BY peer_of_user "
                            "ON p.user_id = g.user_id AND p.instance_id = ?1 WHERE g.label = ?3",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, LABEL_GROUP);
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
