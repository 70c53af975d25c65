/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/liveness.h"

/* `then` lies at most `seconds` back. What lies in the future was stamped by a clock that has
 * been set back since, and tells nothing. */
static bool within(int64_t now, int64_t then, uint64_t seconds)
{
    return then != 0 && then <= now && (uint64_t)now - (uint64_t)then <= seconds;
}

static void total_add(uint64_t *total, uint64_t more)
{
    if (__builtin_add_overflow(*total, more, total))
        *total = UINT64_MAX;
}

void liveness_count(struct liveness *liveness, const struct liveness_sample *sample)
{
    if (sample->received < liveness->received_seen || sample->sent < liveness->sent_seen)
        liveness_link_renewed(liveness);
    if (sample->received > liveness->received_seen)
        liveness->last_movement = sample->now;
    total_add(&liveness->received_total, sample->received - liveness->received_seen);
    total_add(&liveness->sent_total, sample->sent - liveness->sent_seen);
    liveness->received_seen = sample->received;
    liveness->sent_seen = sample->sent;
}

static bool is_connected(const struct liveness *liveness, const struct liveness_sample *sample)
{
    enum { GONE = LIVENESS_HANDSHAKE_FRESH + LIVENESS_GRACE };

    if (!liveness->connected)
        return sample->received > 0 &&
               within(sample->now, sample->handshake_at, LIVENESS_HANDSHAKE_FRESH);
    return within(sample->now, liveness->last_handshake, GONE) ||
           within(sample->now, liveness->last_movement, GONE);
}

bool liveness_update(struct liveness *liveness, const struct liveness_sample *sample)
{
    bool connected;

    liveness_count(liveness, sample);
    if (sample->handshake_at != 0)
        liveness->last_handshake = sample->handshake_at;
    /* The clock was set back: the quiet time starts anew, else it would never end. */
    if (liveness->last_movement > sample->now)
        liveness->last_movement = sample->now;
    connected = is_connected(liveness, sample);
    if (connected == liveness->connected)
        return false;
    liveness->connected = connected;
    liveness->connected_since = connected ? sample->now : 0;
    return true;
}

void liveness_link_renewed(struct liveness *liveness)
{
    liveness->received_seen = 0;
    liveness->sent_seen = 0;
}
