/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_place.h"
#include "hub/store/traffic_store.h"

static const struct span {
    const char *name;
    enum traffic_step step;
    size_t points;
} spans[] = {
    {"hour", TRAFFIC_MINUTE, 60},
    {"day", TRAFFIC_MINUTE, 24 * 60},
    {"fortnight", TRAFFIC_TEN_MINUTES, 14 * 144},
    {"quarter", TRAFFIC_HOUR, 90 * 24},
    {"two-years", TRAFFIC_DAY, 731},
};

static const struct span *find_span(const char *name)
{
    for (size_t i = 0; name && i < ELEMENTS(spans); i++)
        if (text_equal(spans[i].name, name))
            return &spans[i];
    return &spans[0];
}

/* What is asked for. */
struct wanted {
    const struct span *span;
    int64_t first; /* point */
    struct instance instance;
    struct peer peer;
};

static void wanted_done(struct wanted *wanted)
{
    instance_done(&wanted->instance);
    peer_done(&wanted->peer);
}

/* False: answered. */
static bool read_wanted(struct engine *engine, struct api_call *call,
                        const struct api_request *request, struct wanted *wanted)
{
    if (!api_place_read(engine, call, request, &wanted->instance, &wanted->peer))
        return false;
    wanted->span = find_span(json_string_value(json_object_get(request->query, "span")));
    int64_t seconds = traffic_rings[wanted->span->step].seconds, now = clock_seconds();
    /* Whole minutes; of longer steps the one that runs too. */
    int64_t end = now / seconds + (wanted->span->step != TRAFFIC_MINUTE);
    wanted->first = end - (int64_t)wanted->span->points;
    return true;
}

/* Of a peer nothing is written down where there was no traffic: then the instance says whether that
 * is known. */
static void fill_in(const struct wanted *wanted, const struct traffic_point *instance,
                    struct traffic_point *peer)
{
    int64_t seconds = traffic_rings[wanted->span->step].seconds;
    for (size_t i = 0; i < wanted->span->points; i++) {
        int64_t end = (wanted->first + (int64_t)i + 1) * seconds;
        if (!peer[i].known && instance[i].known && end > wanted->peer.created_at)
            peer[i].known = true;
    }
}

/* For those who are not to know the hub's: what they see of it. */
static int read_seen(struct engine *engine, const struct api_caller *caller,
                     const struct wanted *wanted, struct traffic_point *points)
{
    const struct span *span = wanted->span;
    _cleanup_free_ struct traffic_point *one = memory_zero(span->points * sizeof *one);
    int r = 0;
    for (size_t i = 0; i < caller->instance_count && r >= 0; i++) {
        _cleanup_instance_ struct instance instance = {};
        if (instance_store_find(engine->store, caller->instances[i], &instance) < 0)
            continue;
        r = traffic_store_read(engine->store, traffic_series_of_instance(instance.slot),
                               instance.slot, span->step, wanted->first, span->points, one);
        for (size_t k = 0; k < span->points && r >= 0; k++)
            if (one[k].known)
                traffic_point_add(&points[k], one[k].received, one[k].sent);
    }
    return r;
}

static int read_points(struct engine *engine, const struct api_caller *caller,
                       const struct wanted *wanted, struct traffic_point *points)
{
    const struct span *span = wanted->span;
    uint32_t slot = wanted->instance.slot; /* 0: the hub's */
    bool of_peer = wanted->peer.row > 0;
    int64_t instance = traffic_series_of_instance(slot);
    _cleanup_free_ struct traffic_point *whole = NULL;
    if (!slot && caller->limited)
        return read_seen(engine, caller, wanted, points);
    int r = traffic_store_read(engine->store, of_peer ? (int64_t)wanted->peer.row : instance, slot,
                               span->step, wanted->first, span->points, points);
    if (r < 0 || !of_peer)
        return r;
    whole = memory_zero(span->points * sizeof *whole);
    r = traffic_store_read(engine->store, instance, slot, span->step, wanted->first, span->points,
                           whole);
    if (r >= 0)
        fill_in(wanted, whole, points);
    return r;
}

static json_t *traffic_json(const struct wanted *wanted, const struct traffic_point *points)
{
    int64_t seconds = traffic_rings[wanted->span->step].seconds;
    json_t *received = json_array(), *sent = json_array();
    for (size_t i = 0; i < wanted->span->points; i++) {
        const struct traffic_point *point = &points[i];
        json_array_append_new(received, point->known ? json_integer((json_int_t)point->received)
                                                     : json_null());
        json_array_append_new(sent,
                              point->known ? json_integer((json_int_t)point->sent) : json_null());
    }
    return json_pack("{s:s,s:s?,s:s?,s:I,s:o,s:o,s:o}", "span", wanted->span->name, "instance_id",
                     *wanted->instance.id ? wanted->instance.id : NULL, "peer_id",
                     *wanted->peer.id ? wanted->peer.id : NULL, "step", (json_int_t)seconds, "from",
                     json_time(wanted->first * seconds), "rx", received, "tx", sent);
}

void api_traffic_get(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_(wanted_done) struct wanted wanted = {};
    _cleanup_free_ struct traffic_point *points = NULL;
    if (!read_wanted(engine, call, request, &wanted))
        return;
    points = memory_zero(wanted.span->points * sizeof *points);
    int r = read_points(engine, request->caller, &wanted, points);
    if (r < 0) {
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL, traffic_json(&wanted, points));
}
