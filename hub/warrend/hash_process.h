/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-hash: one for each run of the engine, started again when it dies. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/warrend/supervisor.h"

struct hash_process *hash_process_new(struct supervisor *supervisor);
/* Kills it. Returns NULL. */
struct hash_process *hash_process_free(struct hash_process *hash);

/* The engine was started: it gets a new one's channel. */
void hash_process_start(struct hash_process *hash);
/* The engine is gone, and the channel with it. */
void hash_process_end(struct hash_process *hash);

/* 1, or 0: it does not run right now. */
size_t hash_process_describe(const struct hash_process *hash, struct verb_role *ret_role);
