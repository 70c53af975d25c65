/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of subnets behind site peers, and the search for overlaps among those that are held. */
#pragma once

#include "hub/store/peer_store.h"

/* Fills in the peer's subnets, in the order they were given. */
int peer_subnet_list(struct store *store, struct peer *peer);
/* Replaces the peer's rows; they are held when the peer is enabled. -EEXIST when another peer
 * holds one of them. */
int peer_subnet_put(struct store *store, const struct peer *peer);
