/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names in rules of the firewall turned into networks, as the store has them at the moment.
 * Lives as long as one look at the rules: it remembers what it resolved.
 */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/store/firewall_store.h"
#include "hub/store/instance_store.h"
#include "peers/firewall.h"

struct firewall_resolver; /* opaque */

/* Borrows both. */
struct firewall_resolver *firewall_resolver_new(struct store *store,
                                                const struct instance *instance);
struct firewall_resolver *firewall_resolver_free(struct firewall_resolver *resolver);

/* The networks of a rule's end, as the smallest list; borrowed until the resolver goes. `deny`: of
 * a rule that denies, which names more when it can be understood in two ways. */
int firewall_resolver_end(struct firewall_resolver *resolver, const struct firewall_row_end *end,
                          bool deny, const struct prefix_set **ret_networks);
/* Adds how others see those that are in the network on their own LAN. `deny` false: not where
 * somebody else is seen there. */
int firewall_resolver_by_lan(struct firewall_resolver *resolver, const struct prefix *network,
                             bool deny, struct prefix_set *set);
/* A whole rule; the caller's. */
int firewall_resolver_rule(struct firewall_resolver *resolver, const struct firewall_row *row,
                           struct firewall_rule *ret_rule);
/* What the worker is told of it, to be freed; its size in *ret_size. `after` as in verb_filter. A
 * denying rule that names more networks than a message holds names all there are, an allowing one
 * none: *ret_too_many. */
int firewall_resolver_verb(struct firewall_resolver *resolver, const struct firewall_row *row,
                           const char *after, struct verb_filter **ret_filter, bool *ret_too_many);

/* "80 443" as kept in a row. */
size_t firewall_row_ports(const struct firewall_row *row,
                          struct firewall_ports ret_ports[static FIREWALL_PORTS_MAX]);
void firewall_row_set_ports(struct firewall_row *row, const struct firewall_ports *ports,
                            size_t count);
