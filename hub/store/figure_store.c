/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/figure_store.h"

#include <errno.h>

#include "hub/store/statement.h"

static int take_figures(struct statement *statement, struct peer_figures *ret_figures)
{
    struct peer_figures figures = {0};
    const char *endpoint;

    statement_take_text_into(statement, figures.peer_id, sizeof(figures.peer_id));
    figures.received_total = (uint64_t)statement_take_number(statement);
    figures.sent_total = (uint64_t)statement_take_number(statement);
    figures.received_seen = (uint64_t)statement_take_number(statement);
    figures.sent_seen = (uint64_t)statement_take_number(statement);
    figures.last_handshake = statement_take_number(statement);
    figures.connected_since = statement_take_number(statement);
    endpoint = statement_take_text(statement);
    figures.link = (uint16_t)statement_take_number(statement);
    figures.row = (uint64_t)statement_take_number(statement);
    if (endpoint && endpoint_parse(endpoint, &figures.endpoint) < 0)
        return -EUCLEAN;
    *ret_figures = figures;
    return statement_row_end(statement);
}

int figure_store_list(struct store *store, const char *instance_id, figures_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT f.peer_id, f.received_total, f.sent_total, f.received_seen, "
                            "f.sent_seen, f.last_handshake, f.connected_since, f.endpoint, "
                            "p.link, p.\"row\" "
                            "FROM peer p CROSS JOIN peer_figures f ON f.peer_id = p.id "
                            "WHERE p.instance_id = ?",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    while ((result = statement_step(&statement)) > 0) {
        struct peer_figures figures;

        result = take_figures(&statement, &figures);
        if (!result)
            result = each(&figures, data);
        if (result)
            return result;
    }
    return result;
}

int figure_store_put(struct store *store, const struct peer_figures *figures)
{
    _cleanup_statement_ struct statement statement = {0};
    char endpoint[ENDPOINT_TEXT_MAX];
    bool seen = figures->endpoint.address.family != 0;
    int error;

    error = statement_open(store,
                           "INSERT OR REPLACE INTO peer_figures (peer_id, received_total, "
                           "sent_total, received_seen, sent_seen, last_handshake, "
                           "connected_since, endpoint) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, figures->peer_id);
    statement_add_number(&statement, (int64_t)figures->received_total);
    statement_add_number(&statement, (int64_t)figures->sent_total);
    statement_add_number(&statement, (int64_t)figures->received_seen);
    statement_add_number(&statement, (int64_t)figures->sent_seen);
    statement_add_number(&statement, figures->last_handshake);
    statement_add_number(&statement, figures->connected_since);
    statement_add_text(&statement, seen ? endpoint_format(&figures->endpoint, endpoint) : NULL);
    return statement_run(&statement);
}
