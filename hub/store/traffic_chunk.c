/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/traffic_chunk.h"

#include <errno.h>

/* One chunk more than the time a ring is for, since the newest is not whole. */
const struct traffic_ring traffic_rings[TRAFFIC_STEP_COUNT] = {
    [TRAFFIC_MINUTE] = {60, 60, 25},
    [TRAFFIC_TEN_MINUTES] = {600, 144, 15},
    [TRAFFIC_HOUR] = {3600, 120, 19},
    [TRAFFIC_DAY] = {86400, 92, 9},
};

/* 48 bits: 281 TB a point. */
static const uint64_t most = (1ull << 48) - 2;

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > most || b > most - a ? most : a + b;
}

void traffic_point_add(struct traffic_point *point, uint64_t received, uint64_t sent)
{
    point->known = true;
    point->received = add(point->received, received);
    point->sent = add(point->sent, sent);
}

/* ---- bytes: seven bits each, the lowest first; the top one says that more come ---- */

static void write_number(uint64_t number, struct buf *bytes)
{
    for (; number >= 0x80; number >>= 7)
        buf_add_char(bytes, (char)(number | 0x80));
    buf_add_char(bytes, (char)number);
}

static int read_number(const uint8_t **at, const uint8_t *end, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 56; shift += 7) {
        if (*at == end)
            return -EBADMSG;
        number |= (uint64_t)(**at & 0x7f) << shift;
        if (*(*at)++ < 0x80) {
            *ret_number = number;
            return 0;
        }
    }
    return -EBADMSG;
}

/* A point is 0 for nothing known, else what was received + 1 and what was sent. Those at the end
 * that are not known are left out. */
void traffic_chunk_write(const struct traffic_chunk *chunk, enum traffic_step step,
                         struct buf *ret_bytes)
{
    size_t count = (size_t)traffic_rings[step].points;

    while (count > 0 && !chunk->points[count - 1].known)
        count--;
    write_number((uint64_t)chunk->number, ret_bytes);
    for (size_t i = 0; i < count; i++) {
        const struct traffic_point *point = &chunk->points[i];

        write_number(point->known ? point->received + 1 : 0, ret_bytes);
        if (point->known)
            write_number(point->sent, ret_bytes);
    }
}

static int read_point(const uint8_t **at, const uint8_t *end, struct traffic_point *point)
{
    uint64_t number;
    int r = read_number(at, end, &number);

    if (r < 0 || number == 0)
        return r;
    point->known = true;
    point->received = number - 1;
    r = read_number(at, end, &point->sent);
    return r < 0 || point->received > most || point->sent > most ? -EBADMSG : 0;
}

int traffic_chunk_read(const void *bytes, size_t size, enum traffic_step step,
                       struct traffic_chunk *ret_chunk)
{
    struct traffic_chunk chunk = {0};
    const uint8_t *at = bytes, *end = at + size;
    uint64_t number;
    int r = read_number(&at, end, &number);

    if (r < 0)
        return r;
    chunk.number = (int64_t)number;
    for (int64_t i = 0; at < end; i++) {
        r = i < traffic_rings[step].points ? read_point(&at, end, &chunk.points[i]) : -EBADMSG;
        if (r < 0)
            return r;
    }
    *ret_chunk = chunk;
    return 0;
}

int64_t traffic_chunk_key(int64_t series, enum traffic_step step, int64_t number)
{
    return series * 65536 + step * 256 + number % traffic_rings[step].chunks;
}
