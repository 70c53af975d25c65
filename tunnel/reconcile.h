/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an instance's namespace what is wanted, by the smallest writes. */
#pragma once

#include "tunnel/nft_set.h"
#include "tunnel/wanted.h"
#include "tunnel/wireguard.h"

struct reconcile; /* opaque */

typedef void (*reconcile_peer_failed)(const struct key *public_key, int error, void *data);

int reconcile_new(reconcile_peer_failed failed, void *data, struct reconcile **ret_reconcile);
struct reconcile *reconcile_free(struct reconcile *reconcile);

/* Owns both; wireguard may be NULL: no way to that link's device yet. */
void reconcile_set_wireguard(struct reconcile *reconcile, unsigned link,
                             struct wireguard *wireguard);
struct wireguard *reconcile_wireguard(struct reconcile *reconcile, unsigned link);
/* There is none from this number on. */
unsigned reconcile_wireguard_count(const struct reconcile *reconcile);
void reconcile_set_wanted(struct reconcile *reconcile, struct wanted *wanted);
struct wanted *reconcile_wanted(struct reconcile *reconcile);
/* The wanted state changed by more than reconcile_peer() is told: the next reconcile_all() looks at
 * the rules too. */
void reconcile_forget(struct reconcile *reconcile);

/* For drift.h. */
const struct nft_sets *reconcile_sets(const struct reconcile *reconcile);
uint32_t reconcile_port(const struct reconcile *reconcile);

/* Observe all, diff, write. */
void reconcile_all(struct reconcile *reconcile, struct verb_applied *ret_applied);
/* Writes one peer's difference without looking: `before` has left what is wanted, `after` has
 * entered it; either may be NULL. *ret_look: things are not as they were left, look at all soon.
 * -ENODEV: its link is missing. */
int reconcile_peer(struct reconcile *reconcile, const struct wanted_peer *before,
                   struct wanted_peer *after, bool *ret_look, const char **ret_tried);

/* Writes the changes of the wanted rules, and takes `removed` (may be NULL, owned) out. */
int reconcile_rules(struct reconcile *reconcile, struct rule *removed, bool *ret_look);
struct rule_table *reconcile_rule_table(struct reconcile *reconcile);

/* Takes the keepalive back from peers that have been called for long enough. Writes when the next
 * one is due (clock_monotonic_us), 0 = none. */
void reconcile_end_calls(struct reconcile *reconcile, uint64_t *ret_next);
