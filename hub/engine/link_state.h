/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a one-time link can be opened, and why not. Pure. */
#pragma once

#include "hub/api/problem.h"
#include "hub/store/one_time_link_store.h"
#include "hub/store/peer_store.h"

enum {
    LINK_PINS_MAX = 5,        /* wrong ones; then it is dead */
    LINK_RIDE_SECONDS = 1800, /* after it was opened, its file is to be had */
    LINK_RIDE_DOWNLOADS = 10, /* so often */
    LINK_REFUSALS_MAX = 20,   /* that the audit tells of */
    LINK_SECONDS = 7 * 86400, /* how long it lasts, unless said otherwise */
    LINK_SECONDS_MAX = 90 * 86400,
    LINK_USES = 3,
    LINK_DIRECT_SECONDS = 3600, /* of one in a QR code */
    LINK_OPEN_MAX = 32,         /* of a peer */
};

enum link_state {
    LINK_OPEN,
    LINK_BLOCKED,
    LINK_EXPIRED,
    LINK_USED_UP,
    LINK_PEER_DELETED,
    LINK_PEER_REKEYED,
    LINK_KEY_FORGOTTEN,
    LINK_PEER_EXPIRED,
    LINK_PEER_DISABLED,
};

/* `peer` NULL = there is none any more. */
enum link_state link_state_of(const struct one_time_link *link, const struct peer *peer,
                              int64_t now);
const char *link_state_word(enum link_state state); /* "used-up" */
/* For who opens it; `state` is not LINK_OPEN. Its type is "link-" and the word. */
void link_state_problem(enum link_state state, struct problem *problem);

/* May its file be had without using it up? */
bool link_rides(const struct one_time_link *link, int64_t now);
