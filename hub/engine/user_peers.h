/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All peers of a user, changed together: the rows and their audit entries within the caller's
 * transaction, then, after its commit, the kernel.
 */
#pragma once

#include "hub/engine/engine.h"
#include "hub/engine/runtime.h"
#include "hub/store/user_store.h"

enum user_peer_done {
    USER_PEER_UNTOUCHED,
    USER_PEER_DISABLED,
    USER_PEER_ENABLED,
    USER_PEER_RELEASED, /* nobody's now */
    USER_PEER_DELETED,
};

struct user_peer {
    struct instance instance;
    struct peer peer;
    bool was_enabled;
    enum user_peer_done done;
    char left[200]; /* why it could not be enabled, "" = it could */
};

struct user_peers {
    struct engine *engine;
    const char *who, *from; /* for the audit; borrowed */
    struct user_peer *items;
    size_t count;
};

/* Reads them. -errno of the store. */
int user_peers_load(struct user_peers *peers, const char *user_id);
void user_peers_done(struct user_peers *peers);
#define _cleanup_user_peers_ __attribute__((cleanup(user_peers_done)))

/* Those that are enabled; `come_back`: they are enabled again with the user. */
int user_peers_disable(struct user_peers *peers, bool come_back);
/* Those that were disabled with the user, unless their time is over or another has their subnets
 * now: `left` says so. */
int user_peers_enable(struct user_peers *peers);
int user_peers_release(struct user_peers *peers);
int user_peers_delete(struct user_peers *peers);

/* [{"id","name","instance_id","instance","done"}], and with "why" those that were left. */
json_t *user_peers_changed_json(const struct user_peers *peers);
json_t *user_peers_left_json(const struct user_peers *peers);

/* After the commit: events, and into the kernel, whose answer calls `done`, once for each of
 * user_peers_count_changed(). Rules that name the user or its groups are the caller's to tell. */
size_t user_peers_count_changed(const struct user_peers *peers);
void user_peers_tell(const struct user_peers *peers, runtime_done done, void *data);
