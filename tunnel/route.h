/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes that an instance's worker owns: wanted, observed, and the difference. */
#pragma once

#include "tunnel/netlink.h"

enum {
    ROUTE_PROTOCOL = 87, /* marks a route as Warren's: no other is looked at */
    ROUTE_METRIC = 100,
    ROUTE_METRIC_LAST = 4096, /* of the unreachable ones: any other route to the same goes first */
    ROUTE_TABLE_OUTER = 87,   /* of what OpenVPN's servers send to their clients, encrypted */
};

struct route {
    struct prefix prefix;
    uint32_t metric;
    uint32_t table;         /* 0 = the main one */
    uint32_t index;         /* of the link, 0 = unreachable */
    struct address gateway; /* family 0 = none */
};

struct routes {
    struct route *items;
    size_t count, size;
};

void routes_done(struct routes *routes);
void routes_add(struct routes *routes, const struct route *route);
void routes_sort(struct routes *routes); /* by table, prefix, metric; drops doubles */
int routes_read(struct netlink *netlink, struct routes *ret_routes); /* sorted */

/* ---- the difference: pure ---- */

struct route_change {
    const struct route *route; /* into `wanted`; into `observed` for a removal */
    bool remove;
};

struct route_changes {
    struct route_change *items;
    size_t count, size;
    uint32_t added, changed, removed;
};

void route_changes_done(struct route_changes *changes);
/* Both sorted. A route that leads elsewhere is replaced in one step. */
void routes_diff(const struct routes *wanted, const struct routes *observed,
                 struct route_changes *ret_changes);

/* Writes the changes in one go; a route to be removed that is gone already is no error. */
int routes_write(struct netlink *netlink, const struct route_changes *changes);

#define _cleanup_routes_ __attribute__((cleanup(routes_done)))
#define _cleanup_route_changes_ __attribute__((cleanup(route_changes_done)))
