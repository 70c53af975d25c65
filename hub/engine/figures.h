/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live figures of one instance's peers: counters, handshakes, endpoints, who is connected. What the
 * API shows is what the store has: totals never go backwards, whatever dies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/channel/verbs.h"
#include "hub/store/figure_store.h"
#include "peers/liveness.h"

struct figure {
    char peer_id[ID_MAX];
    struct key public_key;
    struct liveness liveness;
    struct endpoint endpoint;
    /* Totals as the store has them. */
    uint64_t stored_received, stored_sent;
    bool unstored; /* differs from the store */
    bool leaving;  /* on its way out of the kernel: the reading under way still counts */
    uint16_t link; /* whose counters they are */
    uint64_t row;  /* the peer's, in the store */
    /* Of the totals, what the traffic's history has. */
    uint64_t counted_received, counted_sent;
    bool session; /* of OpenVPN, which says itself when it begins and ends */
};

struct figures;

struct figures *figures_new(void);
struct figures *figures_free(struct figures *figures);

/* Takes in what the store remembers of the instance. */
int figures_load(struct figures *figures, struct store *store, const char *instance_id);
/* The peer is (still) known, with this key and on this link: after a rekey its old key is
 * forgotten. */
void figures_track(struct figures *figures, const char *peer_id, uint64_t row,
                   const struct key *public_key, uint16_t link);
/* The peer is about to be taken out of the kernel, and a reading was asked for before: what it says
 * of the peer still counts; after it the peer is untracked. */
void figures_leave(struct figures *figures, const char *peer_id);
/* The peer is no longer in the kernel; its totals stay. */
void figures_untrack(struct figures *figures, const char *peer_id);
void figures_forget(struct figures *figures, const char *peer_id); /* deleted */
const struct figure *figures_find(const struct figures *figures, const char *peer_id);
size_t figures_count(const struct figures *figures);
size_t figures_connected(const struct figures *figures);

/* The link was made anew: the next counters of its peers start from zero. */
void figures_link_renewed(struct figures *figures, uint16_t link);
/* One reading; answers the figure when `connected` changed by it, else NULL. */
const struct figure *figures_sample(struct figures *figures, const struct verb_peer_stats *stats,
                                    int64_t now);
/* After a whole reading: those that were not in it grow old, those that leave are gone. Calls
 * `changed` for each that is no longer connected. */
typedef void (*figures_changed)(const struct figure *figure, void *data);
void figures_age(struct figures *figures, int64_t now, figures_changed changed, void *data);

/* ---- OpenVPN's sessions: connected from beginning to end, each counts from zero ---- */

/* A session that goes on after the engine was away has its old beginning in `since`. */
void figures_session_begin(struct figures *figures, const char *peer_id,
                           const struct endpoint *endpoint, int64_t since);
void figures_session_bytes(struct figures *figures, const char *peer_id, uint64_t received,
                           uint64_t sent, int64_t now);
void figures_session_end(struct figures *figures, const char *peer_id);

/* ---- the traffic's history ---- */

/* What came and went since it was counted last: of each peer that had any, and of all together,
 * with those that are deleted by now. */
typedef void (*figures_traffic)(uint64_t row, uint64_t received, uint64_t sent, void *data);
void figures_list_traffic(const struct figures *figures, figures_traffic each, void *data,
                          uint64_t *ret_received, uint64_t *ret_sent);
/* It was written down, or is to be forgotten. */
void figures_traffic_counted(struct figures *figures);

/* Writes what changed, within the caller's transaction; after its commit call figures_stored(). */
int figures_write(struct figures *figures, struct store *store);
void figures_stored(struct figures *figures);
bool figures_unstored(const struct figures *figures);
