/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of traffic in the database: a journal of the last hour, and rings. Each minute of an
 * instance is one row of the journal, so that ten thousand peers cost one write; a sixtieth of all
 * series is folded into the rings each minute. What the journal has and the rings have is told
 * apart by the turns' marks: nothing is lost or counted twice, wherever it ends.
 */
#pragma once

#include "hub/store/store.h"
#include "hub/store/traffic_chunk.h"

/* Of an instance's minute; series 0 is the instance itself, else a peer's row. */
struct traffic_entry {
    uint32_t series;
    uint64_t received, sent;
};

/* In order of their series, that of 0 first. slot 0 is the hub: with the entry of series 0 alone.
 */
int traffic_store_add(struct store *store, uint32_t slot, int64_t minute,
                      const struct traffic_entry *entries, size_t count);
/* The newest minute that the hub counted; 0 = none. */
int traffic_store_last_minute(struct store *store, int64_t *ret_minute);

/* The turn that waits longest. In a transaction of the caller's. */
int traffic_store_fold(struct store *store);

enum { TRAFFIC_TURNS = 60 };
/* A series by its number in the rings. */
int64_t traffic_series_of_instance(uint32_t slot);

/* `count` points from `first` on (a time divided by the step's seconds) of a series, whose entries
 * in the journal are with `slot`. Unknown ones are so. */
int traffic_store_read(struct store *store, int64_t series, uint32_t slot, enum traffic_step step,
                       int64_t first, size_t count, struct traffic_point *ret_points);
