/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users as JSON, and out of it. */
#pragma once

#include "hub/api/problem.h"
#include "hub/engine/engine.h"
#include "hub/store/user_store.h"

/* With "peers": {"total","enabled","connected"}. */
json_t *user_json(struct engine *engine, const struct user *user);
/* The body laid over a row, which has its id. Adds to the problem. */
void user_input_read(struct engine *engine, const json_t *body, struct user *user,
                     struct problem *problem);
