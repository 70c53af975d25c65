/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timers of an active instance: figures are read, and drift is looked for. */
#pragma once

#include "hub/engine/instance_runtime.h"

void instance_poll_start(struct instance_runtime *runtime);
void instance_poll_stop(struct instance_runtime *runtime);
/* The next resync does not wait for its time; it does when the instance is not active. */
void instance_poll_soon(struct instance_runtime *runtime);
/* Reads the figures before a peer is taken out: the request that takes it out comes after it on the
 * same channel. False: no reading was begun. */
bool instance_poll_last(struct instance_runtime *runtime);
/* A part of a reading. */
void instance_poll_part(struct instance_runtime *runtime, const struct verb_stats *stats);
