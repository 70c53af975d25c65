/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of a way through an instance, out of the store, the runtime and the firewall. */
#pragma once

#include "hub/engine/engine.h"
#include "hub/engine/explain_place.h"
#include "hub/engine/firewall_scene.h"
#include "hub/engine/openvpn_servers.h"
#include "peers/explain.h"

struct explain_asked {
    struct address from, to;                   /* of one family */
    char from_named[ID_MAX], to_named[ID_MAX]; /* the peer that was named, "" = none */
    uint8_t protocol;
    uint16_t port;
};

/* What the facts borrow from. */
struct explain_gathered {
    struct explain_facts facts;
    struct explain_holder from, to;
    struct openvpn_server_view servers[2]; /* of each end's peer */
    char pending[200], rule_id[ID_MAX], rule[200];
};

int explain_facts_gather(struct engine *engine, const struct instance *instance,
                         const struct explain_asked *asked, struct explain_gathered *ret_gathered);
void explain_facts_done(struct explain_gathered *gathered);
#define _cleanup_explain_facts_ __attribute__((cleanup(explain_facts_done)))
