/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change of an instance's rules, tried before it is done. */
#pragma once

#include <jansson.h>

#include "hub/api/problem.h"

struct engine;

/* Within the change's transaction: what the firewall does with the flow of the query's `test_from`,
 * `test_to`, `test_port` and `test_protocol`. NULL: none was asked for, or the problem says why
 * not. */
json_t *firewall_try(struct engine *engine, const char *instance_id, const json_t *query,
                     struct problem *problem);
