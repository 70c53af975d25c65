/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/traffic_clock.h"

void traffic_clock_init(struct traffic_clock *clock, int64_t newest)
{
    *clock = (struct traffic_clock){.newest = newest};
}

static bool is_near(int64_t a, int64_t b)
{
    return a - b <= TRAFFIC_CLOCK_JUMP && b - a <= TRAFFIC_CLOCK_JUMP;
}

static void trust(struct traffic_clock *clock, int64_t offset)
{
    clock->trusted = true;
    clock->in_doubt = false;
    clock->offset = offset;
}

/* At a start there is nothing to compare with but what was written down. */
static bool is_plausible(const struct traffic_clock *clock, int64_t wall, int64_t offset)
{
    if (clock->trusted)
        return is_near(offset, clock->offset);
    return wall > 0 && wall >= clock->newest - TRAFFIC_CLOCK_JUMP;
}

bool traffic_clock_is_right(struct traffic_clock *clock, int64_t wall, int64_t steady)
{
    int64_t offset = wall - steady;

    if (is_plausible(clock, wall, offset)) {
        trust(clock, offset);
        return true;
    }
    if (!clock->in_doubt || !is_near(offset, clock->doubted)) {
        clock->in_doubt = true;
        clock->doubted = offset;
        clock->doubt_since = steady;
    }
    if (wall <= 0 || steady - clock->doubt_since < TRAFFIC_CLOCK_DOUBT)
        return false;
    trust(clock, offset);
    return true;
}
