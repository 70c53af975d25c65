/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connection goes when there is no room for another. */
#include "webui/address_group.h"
#include "webui/connection.h"

enum rank { RANK_UNKNOWN, RANK_IDLE, RANK_WANTED };

static enum rank rank_of(const struct connection *connection)
{
    if (connection->state == CONNECTION_WAITS || connection->state == CONNECTION_STREAMS)
        return RANK_WANTED;
    if (!connection->known)
        return RANK_UNKNOWN;
    return connection->state == CONNECTION_READS && !connection->in.length ? RANK_IDLE
                                                                           : RANK_WANTED;
}

static struct connection *least_wanted_of(const struct address_group *group)
{
    struct connection *least = NULL;

    for (struct connection *each = group->oldest; each; each = each->newer) {
        enum rank rank = rank_of(each);

        if (rank == RANK_UNKNOWN)
            return each;
        if (rank == RANK_IDLE && !least)
            least = each;
    }
    return least;
}

/* Of those with the most connections first: a flood makes room for itself. */
static struct connection *least_wanted(struct web *web)
{
    struct connection *least = NULL;

    for (unsigned i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        struct connection *each = web->places[i];

        if (!each || rank_of(each) == RANK_WANTED)
            continue;
        if (!least || rank_of(each) < rank_of(least) ||
            (rank_of(each) == rank_of(least) &&
             each->group->connections > least->group->connections))
            least = each;
    }
    return least ? least_wanted_of(least->group) : NULL;
}

bool connection_evict(struct web *web, struct address_group *group)
{
    struct connection *least = group ? least_wanted_of(group) : least_wanted(web);

    if (least)
        connection_close(least);
    return least != NULL;
}
