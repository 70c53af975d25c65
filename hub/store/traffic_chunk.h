/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rings of a series, and how their parts lie in the database: as many points a chunk, as many
 * chunks a ring, so that no series ever takes more. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"

/* Kept in the database: never renumbered. */
enum traffic_step {
    TRAFFIC_MINUTE,      /* for a day */
    TRAFFIC_TEN_MINUTES, /* for 14 days */
    TRAFFIC_HOUR,        /* for 90 days */
    TRAFFIC_DAY,         /* for two years */
    TRAFFIC_STEP_COUNT,
};

struct traffic_ring {
    int64_t seconds; /* of a point */
    int64_t points;  /* of a chunk */
    int64_t chunks;
};
extern const struct traffic_ring traffic_rings[TRAFFIC_STEP_COUNT];

struct traffic_point {
    bool known;
    uint64_t received, sent;
};
/* Known with either; what would not fit stays the most that does. */
void traffic_point_add(struct traffic_point *point, uint64_t received, uint64_t sent);

enum { TRAFFIC_CHUNK_POINTS = 144 };
struct traffic_chunk {
    int64_t number; /* since 1970, from 0 on */
    struct traffic_point points[TRAFFIC_CHUNK_POINTS];
};

/* 14 bytes a point at most, 1 or 2 where nothing was. */
void traffic_chunk_write(const struct traffic_chunk *chunk, enum traffic_step step,
                         struct buf *ret_bytes);
/* -EBADMSG. */
int traffic_chunk_read(const void *bytes, size_t size, enum traffic_step step,
                       struct traffic_chunk *ret_chunk);

/* Where a chunk lies: series * 65536 + step * 256 + place. */
int64_t traffic_chunk_key(int64_t series, enum traffic_step step, int64_t number);
