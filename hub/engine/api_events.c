/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/api_events.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/event_log.h"
#include "hub/engine/identity.h"

struct event_stream {
    struct event_stream *next, *before; /* of the engine's, newest first */
    struct engine *engine;
    struct api_call *call;
    struct event_follower *follower;
    struct api_caller caller; /* as it is now */
    uint64_t generation;      /* of the admins and sessions that it was found with */
    bool over;                /* it is nobody any more: nothing more is told, and it ends */
};

struct list {
    const struct api_caller *caller;
    json_t *items;
};

/* Who is limited sees what happens in its instances. */
static bool may_see(const struct api_caller *caller, const json_t *event)
{
    const char *id = json_string_value(json_object_get(event, "instance_id"));
    return !caller->limited || (id && api_caller_sees(caller, id));
}

/* Sessions end, rights change: a stream that goes on for hours must not outlive them. */
static bool still_holds(struct event_stream *stream)
{
    uint64_t generation = identity_generation(stream->engine->identity);
    if (!stream->over && generation != stream->generation) {
        stream->generation = generation;
        stream->over = api_caller_renew(stream->engine, &stream->caller) < 0;
    }
    if (stream->over)
        api_events_look_again(stream->engine);
    return !stream->over;
}

static void on_event(const json_t *event, void *data)
{
    struct event_stream *stream = data;
    if (still_holds(stream) && may_see(&stream->caller, event))
        (void)api_stream_send(stream->call, event); /* when it can't: on_gone comes */
}

/* ---- its end ---- */

static void on_gone(void *data)
{
    struct event_stream *stream = data;
    *(stream->before ? &stream->before->next : &stream->engine->streams) = stream->next;
    if (stream->next)
        stream->next->before = stream->before;
    event_follower_free(stream->follower);
    api_caller_done(&stream->caller);
    free(stream);
}

/* From the loop, not amid a call or an event. */
static int on_look(sd_event_source *source, void *data)
{
    struct engine *engine = data;
    (void)source;
    for (struct event_stream *stream = engine->streams, *next; stream; stream = next) {
        next = stream->next;
        /* A token's time may be over without a change. */
        if (stream->over || api_caller_renew(engine, &stream->caller) < 0)
            api_stream_end(stream->call);
    }
    return 0;
}

void api_events_look_again(struct engine *engine)
{
    if (!engine->streams)
        return;
    if (!engine->streams_look &&
        sd_event_add_defer(engine->event, &engine->streams_look, on_look, engine) < 0)
        abort();
    (void)sd_event_source_set_enabled(engine->streams_look, SD_EVENT_ONESHOT);
}

/* ---- a list ---- */

static void add_to_list(const json_t *event, void *data)
{
    struct list *list = data;
    if (may_see(list->caller, event))
        json_array_append(list->items, (json_t *)event);
}

static json_t *newest_of(json_t *items, size_t limit)
{
    size_t count = json_array_size(items);
    json_t *newest = json_array();
    for (size_t i = count > limit ? count - limit : 0; i < count; i++)
        json_array_append(newest, json_array_get(items, i));
    json_decref(items);
    return newest;
}

static void answer_list(struct engine *engine, struct api_call *call,
                        const struct api_caller *caller, uint64_t after, const json_t *limit)
{
    struct list list = {.caller = caller, .items = json_array()};
    event_follower_free(event_log_follow(engine->events, after, add_to_list, &list));
    if (limit)
        list.items = newest_of(list.items, (size_t)json_integer_value(limit));
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", list.items, "next"));
}

/* ---- a stream ---- */

/* Its own copy: the stream changes it. */
static struct api_caller copy_caller(const struct api_caller *caller)
{
    struct api_caller copy = *caller;
    if (caller->instance_count) {
        copy.instances = memory_zero(caller->instance_count * sizeof *copy.instances);
        memcpy(copy.instances, caller->instances, caller->instance_count * sizeof *copy.instances);
    }
    return copy;
}

void api_events_follow(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    const json_t *after = json_object_get(request->query, "after");
    if (json_is_false(json_object_get(request->query, "follow"))) {
        answer_list(engine, call, request->caller, (uint64_t)json_integer_value(after),
                    json_object_get(request->query, "limit"));
        return;
    }
    struct event_stream *stream = memory_zero(sizeof *stream);
    *stream = (struct event_stream){.engine = engine,
                                    .call = call,
                                    .caller = copy_caller(request->caller),
                                    .generation = identity_generation(engine->identity)};
    stream->next = engine->streams;
    if (stream->next)
        stream->next->before = stream;
    engine->streams = stream;
    uint64_t from = after ? (uint64_t)json_integer_value(after) : UINT64_MAX;
    api_stream_begin(call, on_gone, stream);
    stream->follower = event_log_follow(engine->events, from, on_event, stream);
}
