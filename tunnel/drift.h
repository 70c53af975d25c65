/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hints that somebody else changed the namespace: events of links, addresses, routes and rules.
 * Events get lost and some changes make none: they only shorten the wait for the next resync.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "tunnel/nft_set.h"

struct drift; /* opaque */

typedef void (*drift_hinted)(void *data);

struct drift_scope {
    bool routes;                 /* listen to routes too */
    uint32_t port;               /* of the socket whose own changes are no drift */
    const struct nft_sets *sets; /* knows which changes of rules were ours */
};

/* `hinted` is called 0.3 s after the first of a row of hints. */
int drift_new(sd_event *event, const struct drift_scope *scope, drift_hinted hinted, void *data,
              struct drift **ret_drift);
struct drift *drift_free(struct drift *drift);
/* As if an event had come. */
void drift_hint(struct drift *drift);
/* Around large writes of our own, whose events nobody needs. */
void drift_quiet_begin(struct drift *drift);
void drift_quiet_end(struct drift *drift);
