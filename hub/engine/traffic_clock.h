/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the wall clock can be believed for the history of traffic: a wrong time would have rings
 * overwritten. One that jumped by more than an hour, or lies before what is written down already,
 * is believed when it has gone on like that for an hour. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { TRAFFIC_CLOCK_JUMP = 3600, TRAFFIC_CLOCK_DOUBT = 3600 };

struct traffic_clock {
    bool trusted;
    int64_t offset; /* wall clock less steady clock, while it is trusted */
    int64_t newest; /* what was written down last, seconds; 0 = nothing */
    bool in_doubt;
    int64_t doubted;     /* the other offset */
    int64_t doubt_since; /* steady clock */
};

void traffic_clock_init(struct traffic_clock *clock, int64_t newest);
/* Both in seconds; `steady` only moves forward. */
bool traffic_clock_is_right(struct traffic_clock *clock, int64_t wall, int64_t steady);
