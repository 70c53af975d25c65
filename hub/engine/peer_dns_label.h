/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which label of the DNS a peer gets: its name's, and a number where that is taken. */
#pragma once

#include "hub/engine/engine.h"

/* For the peer's name as it is now; unique within the instance, its own records among it. Stays as
 * it is where it may. 0 or the store's -errno. */
int peer_dns_label_choose(struct engine *engine, const struct instance *instance,
                          struct peer *peer);
/* Gives all peers without a label theirs. */
int peer_dns_label_fill(struct engine *engine);
