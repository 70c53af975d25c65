/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request's body laid over a peer's row, with every rule checked: nothing is written. */
#pragma once

#include "hub/api/problem.h"
#include "hub/engine/engine.h"

/* `peer` is the row as it is, or a new one with its id and defaults (`adding`). Adds all complaints
 * to the problem; when there are none, the row is as it should be written, keys included. */
void peer_input_read(struct engine *engine, const struct instance *instance, const json_t *body,
                     bool adding, struct peer *peer, struct problem *problem);

/* The parts that other verbs need. */
struct user;
void peer_set_user(struct peer *peer, const struct user *user); /* NULL = nobody's */
void peer_input_expiry(const json_t *body, struct peer *peer);
/* The body's key, or a new pair; a new preshared key if `preshared`. */
void peer_input_keys(struct engine *engine, const struct instance *instance, const json_t *body,
                     bool preshared, struct peer *peer, struct problem *problem);
/* Do the peer's subnets overlap those that another enabled peer holds? */
void peer_input_overlaps(struct engine *engine, const struct instance *instance,
                         const struct peer *peer, struct problem *problem);
