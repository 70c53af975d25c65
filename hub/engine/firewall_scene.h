/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would happen to a flow through an instance, as the store has it at the moment. */
#pragma once

#include "hub/engine/engine.h"
#include "hub/store/firewall_check_store.h"
#include "peers/firewall.h"

struct firewall_scene_of; /* opaque */

/* Reads the enabled rules. */
int firewall_scene_open(struct engine *engine, const struct instance *instance,
                        struct firewall_scene_of **ret_scene);
struct firewall_scene_of *firewall_scene_close(struct firewall_scene_of *scene);

struct firewall_outcome {
    struct firewall_verdict verdict;
    struct address from, to;
    char rule_id[ID_MAX]; /* with FIREWALL_BY_RULE */
    uint64_t position;
};

/* Every pair of one family out of the two ends (of a network: its first host). The first outcome of
 * each kind is told: *ret_allowed, *ret_denied say how many there were. -ENOENT: no pair. -E2BIG:
 * too many. */
struct firewall_question {
    struct firewall_row_end from, to;
    uint8_t protocol;
    uint16_t port;
};
struct firewall_finding {
    size_t allowed, denied;
    struct firewall_outcome allow, deny;
};
int firewall_scene_ask(struct firewall_scene_of *scene, const struct firewall_question *question,
                       struct firewall_finding *ret_finding);

/* The ids of the saved checks that do not hold now, as the keys of an object. */
int firewall_checks_failing(struct engine *engine, const char *instance_id, json_t **ret_failing);
bool firewall_check_holds(const struct firewall_check_row *check,
                          const struct firewall_finding *finding);
struct firewall_question firewall_check_question(const struct firewall_check_row *check);
