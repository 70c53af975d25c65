/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chunk of the traffic's history as it may lie in a damaged database. */
#include <stdlib.h>
#include <string.h>

#include "hub/store/traffic_chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (enum traffic_step step = 0; step < TRAFFIC_STEP_COUNT; step++) {
        _cleanup_buf_ struct buf bytes = {0};
        struct traffic_chunk chunk, again;

        if (traffic_chunk_read(data, size, step, &chunk) < 0)
            continue;
        require(chunk.number >= 0);
        traffic_chunk_write(&chunk, step, &bytes);
        require(bytes.length <= 8 + 14 * (size_t)traffic_rings[step].points);
        require(traffic_chunk_read(bytes.data, bytes.length, step, &again) == 0);
        require(memcmp(&chunk, &again, sizeof(chunk)) == 0);
        traffic_point_add(&chunk.points[0], UINT64_MAX, 1);
        buf_clear(&bytes);
        traffic_chunk_write(&chunk, step, &bytes);
        require(traffic_chunk_read(bytes.data, bytes.length, step, &again) == 0);
    }
    return 0;
}
