/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any series of samples, new links and jumps of the clock: totals never go backwards. */
#include <stdlib.h>
#include <string.h>

#include "peers/liveness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct liveness liveness = {0};
    struct liveness_sample sample;

    for (; size >= 1 + sizeof(sample); data += 1 + sizeof(sample), size -= 1 + sizeof(sample)) {
        const struct liveness before = liveness;
        bool changed;

        if (data[0] & 1)
            liveness_link_renewed(&liveness);
        memcpy(&sample, data + 1, sizeof(sample));
        if (data[0] & 2) {
            sample.received = before.received_seen + (sample.received & 0xffff);
            sample.sent = before.sent_seen + (sample.sent & 0xffff);
        }
        if (data[0] & 4)
            sample.handshake_at = (int64_t)((uint64_t)sample.now - (sample.handshake_at & 0x1ff));
        changed = liveness_update(&liveness, &sample);
        require(liveness.received_total >= before.received_total);
        require(liveness.sent_total >= before.sent_total);
        require(liveness.received_seen == sample.received && liveness.sent_seen == sample.sent);
        require(changed == (liveness.connected != before.connected));
        require(liveness.connected || liveness.connected_since == 0);
        require(!liveness.connected || changed ||
                liveness.connected_since == before.connected_since);
        require(liveness.last_movement <= sample.now);
    }
    return 0;
}
