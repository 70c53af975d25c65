/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of an instance's firewall, from the store to its worker, and their hits back. */
#pragma once

#include "hub/engine/instance_runtime.h"

/* Sends rules from the place where it stopped until the socket or the rules end: 1 = all sent. */
int instance_filter_send_all(struct instance_runtime *runtime);

/* The rules that name the peer, or a label (`with_labels`: any label), as messages; each to `each`,
 * to be freed by it, in the order of the rules; `more` is set in all but the last. -E2BIG: so many
 * that applying the whole is better. */
typedef int (*instance_filter_each)(struct verb_filter *filter, void *data);
int instance_filter_of_peer(struct instance_runtime *runtime, const char *peer_id, bool with_labels,
                            instance_filter_each each, void *data);
/* One rule as the store has it: NULL in *ret_filter when it is not to be in the kernel. */
int instance_filter_of_rule(struct instance_runtime *runtime, const char *rule_id,
                            struct verb_filter **ret_filter);

void instance_filter_hits_part(struct instance_runtime *runtime, const struct verb_hits *hits);
/* Asks for them when it is time to. */
void instance_filter_poll(struct instance_runtime *runtime);
