/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an address is to an instance, and who has it, as the store has it at the moment. */
#pragma once

#include "hub/engine/engine.h"
#include "peers/explain.h"

struct explain_holder {
    enum explain_place place;
    struct prefix network;
    struct peer peer;    /* of EXPLAIN_TUNNEL and EXPLAIN_SUBNET, disabled or not */
    struct peer nearest; /* of EXPLAIN_PRIVATE; id "" = none */
    struct prefix nearest_network;
    struct address
        seen; /* as others see it, where it is of the nearest's own LAN; family 0 = not */
};

/* `named` is the id of a peer that is preferred among those with the address, "" = none. */
int explain_place_find(struct engine *engine, const struct instance *instance,
                       const struct address *address, const char *named,
                       struct explain_holder *ret_holder);
void explain_holder_done(struct explain_holder *holder);
#define _cleanup_explain_holder_ __attribute__((cleanup(explain_holder_done)))
