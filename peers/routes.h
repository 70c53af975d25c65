/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks a peer should route into its tunnel. Pure. */
#pragma once

#include "hub/base/prefix_set.h"

struct routes_input {
    const struct prefix_set *tunnel_networks;
    const struct prefix_set *advertised; /* by all enabled sites of the instance */
    const struct prefix_set *pushed;
    const struct prefix_set *own;      /* the peer's own subnets, left out */
    const struct prefix_set *excluded; /* asked for by the user, may be NULL */
    const struct prefix_set *dns; /* servers inside the tunnel, as /32 and /128: never excluded */
    bool route_all;
};

/* The smallest cover, IPv4 before IPv6. Full tunnel: 0.0.0.0/0 and ::/0 less the excluded, with the
 * tunnel networks and DNS servers always in. */
void routes_for_peer(const struct routes_input *input, struct prefix_set *ret_routes);
