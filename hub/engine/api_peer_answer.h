/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers in answers: shown as they are, or once a committed change of theirs is in the kernel. */
#pragma once

#include "hub/engine/api_profile_facts.h"
#include "hub/engine/api_server.h"

/* Peers of one instance as text, one after another. */
struct peer_writer {
    struct engine *engine;
    const struct instance *instance;
    struct profile_source *source; /* made when it is first needed */
    char *pending;
};

struct peer_writer peer_writer_of(struct engine *engine, const struct instance *instance);
void peer_writer_done(struct peer_writer *writer);
#define _cleanup_peer_writer_ __attribute__((cleanup(peer_writer_done)))
/* Adds the whole object. -ENOENT and nothing added when there is no such peer. */
int peer_writer_add(struct peer_writer *writer, const char *peer_id, struct buf *out);

/* A peer of an instance, both by id or name: 404 when there is none. */
void api_answer_peer_asked(struct engine *engine, struct api_call *call, const char *instance,
                           const char *peer);
void api_answer_peer(struct engine *engine, struct api_call *call, int status,
                     const struct instance *instance, const struct peer *peer);
/* After a commit: tells the runtime, and answers when the kernel has it. `old_key` as there. */
void api_answer_peer_changed(struct engine *engine, struct api_call *call, int status,
                             const struct instance *instance, const struct peer *peer,
                             const struct key *old_key);
/* The same for a peer that is gone. */
void api_answer_peer_deleted(struct engine *engine, struct api_call *call,
                             const struct instance *instance, const struct peer *peer);
