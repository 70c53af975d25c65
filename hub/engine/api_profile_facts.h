/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the profiles of an instance's peers are made of. What all peers have in common is worked out
 * once, so that a list of thousands of peers can say which profiles are stale.
 */
#pragma once

#include "hub/base/cleanup.h"
#include "hub/engine/engine.h"
#include "hub/store/profile_store.h"
#include "profiles/profile.h"

struct profile_source; /* borrows engine and instance; for use within one request */

struct profile_source *profile_source_new(struct engine *engine, const struct instance *instance);
struct profile_source *profile_source_free(struct profile_source *source);
DEFINE_CLEANUP(struct profile_source *, (void)profile_source_free, cleanup_profile_source)
#define _cleanup_profile_source_ _cleanup_(cleanup_profile_source)

/* Borrows from engine, instance, peer and, until the next one is made, from the source. `excluded`
 * may be NULL. -errno of the store. */
int profile_facts_make(struct profile_source *source, const struct peer *peer,
                       const struct prefix_set *excluded, struct profile_facts *ret_facts);
void profile_facts_done(struct profile_facts *facts); /* wipes */
#define _cleanup_profile_facts_ __attribute__((cleanup(profile_facts_done)))

enum profile_subject profile_subject_of_peer(const struct peer *peer);

/* What is remembered of a profile that is handed out now, nothing excluded. */
void profile_issued_of(const struct profile_facts *facts, const struct profile_format *format,
                       struct issued_profile *ret_issued);

/* Was a profile handed out with the keys that the peer has now? `peer` has its secrets. */
bool profile_keys_handed_out(struct engine *engine, const struct instance *instance,
                             const struct peer *peer);
/* What was handed out last, and what of it is no longer true. Zero: never handed out. */
struct profile_standing {
    int64_t issued_at;
    unsigned stale; /* 1u << enum profile_aspect */
    struct prefix_set excluded;
};
void profile_standing_look(struct profile_source *source, const struct peer *peer,
                           struct profile_standing *ret_standing);
void profile_standing_done(struct profile_standing *standing);
#define _cleanup_profile_standing_ __attribute__((cleanup(profile_standing_done)))

/* Adds profile_issued_at, profile_stale, profile_stale_reasons. `peer` has its secrets. */
void peer_json_add_profile(struct profile_source *source, const struct peer *peer, json_t *object);
