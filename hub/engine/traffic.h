/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the traffic of each minute into the history: at the end of each minute of the wall clock
 * what came and went since, of all instances in one transaction.
 */
#pragma once

#include "hub/engine/engine.h"

struct traffic;

int traffic_new(struct engine *engine, struct traffic **ret_traffic);
/* Counts what there is of the minute that runs. Before the instances go. */
struct traffic *traffic_free(struct traffic *traffic);
