/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/figures.h"
#include "hub/engine/runtime.h"
#include "hub/engine/traffic_clock.h"
#include "hub/store/traffic_store.h"

enum {
    MINUTE_MS = 60 * 1000,
    AFTER_MS = 200, /* the last reading of the minute comes in first */
    SECOND_US = 1000 * 1000,
    GAP_MINUTES = 5, /* what came in after more than this is of no minute */
};

struct traffic {
    struct engine *engine;
    sd_event_source *timer;
    struct traffic_clock clock;
    int64_t last; /* minute that was counted last; 0 = none */
};

/* ---- one minute ---- */

struct minute {
    struct traffic *traffic;
    int64_t number;
    bool is_gap;                   /* how long it took to come and go is not known */
    struct traffic_entry *entries; /* of the instance at hand, the first is its own */
    size_t count, size;
    struct traffic_entry hub;
    int error;
};

static void add_entry(struct minute *minute, uint32_t series, uint64_t received, uint64_t sent)
{
    if (minute->count == minute->size) {
        minute->size = minute->size ? minute->size * 2 : 64;
        minute->entries = reallocarray(minute->entries, minute->size, sizeof(*minute->entries));
        if (!minute->entries)
            abort();
    }
    minute->entries[minute->count++] = (struct traffic_entry){series, received, sent};
}

static void add_peer(uint64_t row, uint64_t received, uint64_t sent, void *data)
{
    if (row > 0 && row <= UINT32_MAX)
        add_entry(data, (uint32_t)row, received, sent);
}

static int compare(const void *left, const void *right)
{
    const struct traffic_entry *a = left;
    const struct traffic_entry *b = right;

    return a->series < b->series ? -1 : a->series > b->series;
}

static void count_instance(uint32_t slot, const struct figures *figures, void *data)
{
    struct minute *minute = data;
    uint64_t received, sent;

    if (minute->is_gap || minute->error < 0)
        return;
    minute->count = 0;
    add_entry(minute, 0, 0, 0);
    figures_list_traffic(figures, add_peer, minute, &received, &sent);
    qsort(minute->entries, minute->count, sizeof(*minute->entries), compare);
    minute->entries[0].received = received;
    minute->entries[0].sent = sent;
    minute->hub.received += received;
    minute->hub.sent += sent;
    minute->error = traffic_store_add(minute->traffic->engine->store, slot, minute->number,
                                      minute->entries, minute->count);
}

static int write_minute(struct minute *minute, bool fold)
{
    struct engine *engine = minute->traffic->engine;
    int r = store_begin_aside(engine->store);

    if (r < 0)
        return r;
    runtimes_list_traffic(engine->runtimes, count_instance, minute);
    r = minute->error;
    if (r >= 0 && !minute->is_gap)
        r = traffic_store_add(engine->store, 0, minute->number, &minute->hub, 1);
    if (r >= 0 && fold)
        r = traffic_store_fold(engine->store);
    if (r >= 0)
        return store_commit(engine->store);
    store_rollback(engine->store);
    return r;
}

/* `number` may lie before the last one, when the clock was set back a little: it counts twice. */
static void count_minute(struct traffic *traffic, int64_t number, bool fold)
{
    struct minute minute = {
        .traffic = traffic,
        .number = number,
        .is_gap = traffic->last && number - traffic->last > GAP_MINUTES,
    };
    int r = write_minute(&minute, fold);

    free(minute.entries);
    if (r < 0) {
        log_warning("traffic of a minute not stored: %s, ignoring", strerror(-r));
        return;
    }
    runtimes_traffic_counted(traffic->engine->runtimes);
    traffic->last = number;
}

/* ---- time ---- */

static bool clock_is_right(struct traffic *traffic)
{
    return traffic_clock_is_right(&traffic->clock, clock_seconds(),
                                  (int64_t)(clock_monotonic_us() / SECOND_US));
}

static void arm(struct traffic *traffic)
{
    int64_t into = clock_milliseconds() % MINUTE_MS;
    uint64_t wait = (uint64_t)(MINUTE_MS - (into < 0 ? 0 : into) + AFTER_MS);

    sd_event_source_set_time_relative(traffic->timer, wait * 1000);
    sd_event_source_set_enabled(traffic->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t now, void *data)
{
    struct traffic *traffic = data;

    (void)source;
    (void)now;
    if (clock_is_right(traffic))
        count_minute(traffic, clock_seconds() / 60 - 1, true);
    arm(traffic);
    return 0;
}

int traffic_new(struct engine *engine, struct traffic **ret_traffic)
{
    struct traffic *traffic = memory_zero(sizeof(*traffic));
    int r = traffic_store_last_minute(engine->store, &traffic->last);

    traffic->engine = engine;
    traffic_clock_init(&traffic->clock, traffic->last * 60);
    if (r >= 0)
        r = sd_event_add_time_relative(engine->event, &traffic->timer, CLOCK_MONOTONIC, 0, 0,
                                       on_time, traffic);
    if (r < 0) {
        free(traffic);
        return r;
    }
    arm(traffic);
    *ret_traffic = traffic;
    return 0;
}

struct traffic *traffic_free(struct traffic *traffic)
{
    if (!traffic)
        return NULL;
    if (clock_is_right(traffic))
        count_minute(traffic, clock_seconds() / 60, false);
    sd_event_source_disable_unref(traffic->timer);
    free(traffic);
    return NULL;
}
