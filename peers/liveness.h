/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a WireGuard peer connected? And byte totals that never go backwards. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    LIVENESS_HANDSHAKE_FRESH = 180, /* s: WireGuard's own limit for a session's keys */
    LIVENESS_GRACE = 15,            /* s: more, before a quiet peer counts as gone */
};

/* One reading of the kernel's or wireguard-go's counters. */
struct liveness_sample {
    int64_t now;          /* CLOCK_REALTIME seconds */
    int64_t handshake_at; /* 0 = never */
    uint64_t received, sent;
};

struct liveness {
    bool connected;
    int64_t connected_since; /* 0 when not connected */
    int64_t last_handshake;
    int64_t last_movement;               /* when `received` last moved */
    uint64_t received_total, sent_total; /* monotonic */
    uint64_t received_seen, sent_seen;   /* the counters of the last sample */
};

/* Takes a sample in; true when `connected` changed. Counters below the last ones mean a new link:
 * they count from zero again and the totals go on. A peer is connected after a handshake younger
 * than 180 s with bytes received; it stays so until the handshake is older than 180 s plus grace
 * and nothing was received for that long. */
bool liveness_update(struct liveness *liveness, const struct liveness_sample *sample);
/* Takes in the counters alone, of a peer whose connection begins and ends by word. */
void liveness_count(struct liveness *liveness, const struct liveness_sample *sample);
/* The link was made anew (wireguard-go restarted, reboot): the next sample counts from zero. */
void liveness_link_renewed(struct liveness *liveness);
