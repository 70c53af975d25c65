/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers: one warren-net per namespace, with the namespace it works in. Id "" is the hub's
 * own. */
#pragma once

#include <stddef.h>

#include "hub/warrend/engine_process.h"

struct net_processes *net_processes_new(struct supervisor *supervisor);
/* Kills the workers; what they made stays. Returns NULL. */
struct net_processes *net_processes_free(struct net_processes *nets);

/* Ends the id's worker if it runs, starts a new one in the id's namespace (found, or made), answers
 * VERB_NET_OPENED. */
void net_process_open(struct net_processes *nets, const char *id,
                      const struct engine_request *request);
/* Ends the id's worker and forgets it. */
void net_process_forget(struct net_processes *nets, const char *id);
/* Ends them all: the engine that held their channels is gone. */
void net_processes_end_all(struct net_processes *nets);

size_t net_processes_describe(const struct net_processes *nets, struct verb_role *ret_roles,
                              size_t max);
