/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/engine.h"

#include "hub/base/log.h"

enum { LAST_ANSWERS_US = 300 * 1000 };

static int on_time(sd_event_source *source, uint64_t now, void *data)
{
    struct engine *engine = data;

    (void)source, (void)now;
    return sd_event_exit(engine->event, ENGINE_EXIT_AGAIN);
}

void engine_start_again(struct engine *engine)
{
    if (engine->ending)
        return;
    int r = sd_event_add_time_relative(engine->event, &engine->ending, CLOCK_MONOTONIC,
                                       LAST_ANSWERS_US, 0, on_time, engine);

    if (r < 0) {
        log_error("no timer for the end: ending at once");
        (void)sd_event_exit(engine->event, ENGINE_EXIT_AGAIN);
    }
}
