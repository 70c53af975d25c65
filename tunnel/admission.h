/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a worker lets into its namespace: the engine's verbs checked once more, on the side that has
 * the rights. Pure. 0, or -EINVAL with the reason.
 */
#pragma once

#include "hub/channel/verbs.h"

int admission_check_instance(const struct verb_instance *instance, const char **ret_reason);
/* Within an instance that was let in. */
int admission_check_peer(const struct verb_instance *instance, const struct verb_peer *peer,
                         const char **ret_reason);
/* Link-local, and of the hub's own IPv6: what nothing else on the hub's side can need. */
int admission_check_uplink_network(const struct prefix *network6, const char **ret_reason);
int admission_check_uplink(const struct uplink_addresses *uplink, const char **ret_reason);
/* What is sent to these ports of the hub goes to an instance: never to one of the hub's own
 * services, never what comes back to the tenants. */
int admission_check_published(struct port_span ports, const char **ret_reason);
int admission_check_rule(const struct verb_filter *rule, const char **ret_reason);
