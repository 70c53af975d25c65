/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table `inet warren_fast`: flows between WireGuard's peers that the present judgement let through
 * without an end, and that have been answered, go on from link to link by a flowtable of the
 * kernel's, past all chains. Whatever may end a flow takes the table away in its own transaction,
 * with all that is in the flowtable; fast_path_mend() makes it anew, and flows come back to it by
 * the chains. A kernel without flowtables does without.
 */
#pragma once

#include "hub/base/link_number.h"
#include "hub/base/prefix_set.h"
#include "hub/channel/verbs.h"
#include "tunnel/nft_set.h"

struct fast_path; /* opaque */

/* The kernel takes no more devices for a flowtable: what comes by links past them goes by the
 * chains. */
enum { FAST_PATH_LINKS_MAX = 256 };

struct fast_path_spec {
    /* Indexes of WireGuard's, 0 = not there; none: no fast path. */
    uint32_t links[FAST_PATH_LINKS_MAX];
    /* Of peers that expire: an end of theirs is to be looked at with each packet. */
    struct prefix_set expiring;
};

/* Borrows `sets`: whatever is taken out of them takes the table away. */
int fast_path_new(struct nft_sets *sets, struct fast_path **ret_path);
struct fast_path *fast_path_free(struct fast_path *path);

/* From here on. Takes over `spec`. */
void fast_path_want(struct fast_path *path, struct fast_path_spec *spec);
/* Of whose flows it is. */
void fast_path_judge(struct fast_path *path, uint32_t judgement);
/* It goes with the transaction. */
void fast_path_close(struct fast_path *path, struct netlink_batch *batch);
/* At once, in a transaction of its own. */
int fast_path_close_now(struct fast_path *path);

/* What stands there. */
int fast_path_look(struct fast_path *path);
/* It stands as it is wanted, as far as is known. */
bool fast_path_is_known(const struct fast_path *path);
/* Makes it so. */
int fast_path_mend(struct fast_path *path, struct verb_applied *applied);
