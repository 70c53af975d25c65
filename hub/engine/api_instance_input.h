/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request's body laid over an instance's row, with every rule checked: nothing is written. */
#pragma once

#include "hub/api/problem.h"
#include "hub/engine/engine.h"

/* `instance` is the row as it is, or a new one with its id, slot, port and defaults (`adding`).
 * Adds all complaints to the problem; when there are none, the row is as it should be written. */
void instance_input_read(struct engine *engine, const json_t *body, bool adding,
                         struct instance *instance, struct problem *problem);
