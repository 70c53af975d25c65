/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers in answers: shown as they are, or once a committed change of theirs is in the kernel. */
#pragma once

#include "hub/engine/api_profile_facts.h"
#include "hub/engine/api_server.h"

/* The whole object. `source` is the instance's. */
json_t *peer_to_json(struct engine *engine, struct profile_source *source,
                     const struct instance *instance, const struct peer *peer);

void api_answer_peer(struct engine *engine, struct api_call *call, int status,
                     const struct instance *instance, const struct peer *peer);
/* After a commit: tells the runtime, and answers when the kernel has it. `old_key` as there. */
void api_answer_peer_changed(struct engine *engine, struct api_call *call, int status,
                             const struct instance *instance, const struct peer *peer,
                             const struct key *old_key);
/* The same for a peer that is gone. */
void api_answer_peer_deleted(struct engine *engine, struct api_call *call,
                             const struct instance *instance, const struct peer *peer);
