/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/routes.h"

#include <sys/socket.h>

static void add_set(struct prefix_set *routes, const struct prefix_set *set)
{
    if (set)
        prefix_set_add_all(routes, set);
}

static void add_wanted(const struct routes_input *input, struct prefix_set *routes)
{
    static const struct prefix everything[] = {
        {.address = {.family = AF_INET}},
        {.address = {.family = AF_INET6}},
    };

    if (input->route_all) {
        prefix_set_add(routes, &everything[0]);
        prefix_set_add(routes, &everything[1]);
        return;
    }
    add_set(routes, input->tunnel_networks);
    add_set(routes, input->advertised);
    add_set(routes, input->pushed);
}

/* Only servers that are reached through the tunnel anyway are kept in it: a split tunnel does not
 * lead to a public one. */
static void find_servers_kept(const struct routes_input *input, const struct prefix_set *wanted,
                              struct prefix_set *ret_kept)
{
    for (size_t i = 0; input->dns && i < input->dns->count; i++) {
        if (prefix_set_contains(wanted, &input->dns->items[i]))
            prefix_set_add(ret_kept, &input->dns->items[i]);
    }
}

void routes_for_peer(const struct routes_input *input, struct prefix_set *ret_routes)
{
    _cleanup_prefix_set_ struct prefix_set kept = {0}, wanted = {0};

    add_wanted(input, &wanted);
    find_servers_kept(input, &wanted, &kept);
    if (input->excluded)
        prefix_set_subtract(&wanted, input->excluded);
    prefix_set_add_all(&wanted, &kept);
    if (input->own)
        prefix_set_subtract(&wanted, input->own);
    add_set(&wanted, input->tunnel_networks);
    prefix_set_minimise(&wanted);

    prefix_set_done(ret_routes);
    *ret_routes = wanted;
    wanted = (struct prefix_set){0};
}
