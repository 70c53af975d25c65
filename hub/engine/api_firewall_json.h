/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firewall in the API's words: rules and checks as JSON, and out of it. */
#pragma once

#include "hub/api/problem.h"
#include "hub/engine/firewall_scene.h"
#include "hub/store/firewall_check_store.h"

/* "peer:laptop"; a peer that is gone is "peer:(deleted)". To be freed. */
char *firewall_end_text(struct engine *engine, const char *instance_id,
                        const struct firewall_row_end *end);
/* `position` 0: read from the store. */
json_t *firewall_rule_json(struct engine *engine, const struct firewall_row *row,
                           uint64_t position);
/* "allow peer:laptop to any tcp 443" */
void firewall_rule_summary(const json_t *rule, char *text, size_t size);
json_t *firewall_check_json(struct engine *engine, const struct firewall_check_row *check);
json_t *firewall_finding_json(const struct firewall_finding *finding);

/* An end as somebody wrote it; `only_places`: a peer, a site's subnets, a network or an address.
 * Adds to the problem when it is none. */
void firewall_read_end(struct engine *engine, const struct instance *instance, const json_t *object,
                       const char *field, bool only_places, struct firewall_row_end *end,
                       struct problem *problem);
/* The body laid over a row. */
void firewall_read_rule(struct engine *engine, const struct instance *instance, const json_t *body,
                        struct firewall_row *row, struct problem *problem);
/* protocol and port of what is asked: ping, where neither is said. */
void firewall_read_service(const json_t *object, uint8_t *protocol, uint16_t *port,
                           struct problem *problem);
/* from, to, protocol and port, of a test or a check. */
/* Some host of it: a name server that everybody knows. */
#define FIREWALL_INTERNET "1.1.1.1/32"

void firewall_read_question(struct engine *engine, const struct instance *instance,
                            const json_t *object, struct firewall_question *question,
                            struct problem *problem);
