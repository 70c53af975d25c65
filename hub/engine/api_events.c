/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/text.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/event_log.h"

struct stream {
    struct api_call *call;
    struct event_follower *follower;
};

static void on_event(const json_t *event, void *data)
{
    struct stream *stream = data;
    (void)api_stream_send(stream->call, event); /* when it can't: on_gone comes */
}

static void on_gone(void *data)
{
    struct stream *stream = data;
    event_follower_free(stream->follower);
    free(stream);
}

static void add_to_list(const json_t *event, void *data)
{
    json_array_append(data, (json_t *)event);
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

static void answer_list(struct engine *engine, struct api_call *call, uint64_t after,
                        const json_t *limit)
{
    json_t *items = json_array();
    event_follower_free(event_log_follow(engine->events, after, add_to_list, items));
    if (limit)
        items = newest_of(items, (size_t)json_integer_value(limit));
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

void api_events_follow(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    const json_t *after = json_object_get(request->query, "after");
    if (json_is_false(json_object_get(request->query, "follow"))) {
        answer_list(engine, call, (uint64_t)json_integer_value(after),
                    json_object_get(request->query, "limit"));
        return;
    }
    struct stream *stream = memory_zero(sizeof *stream);
    stream->call = call;
    api_stream_begin(call, on_gone, stream);
    stream->follower = event_log_follow(
        engine->events, after ? (uint64_t)json_integer_value(after) : UINT64_MAX, on_event, stream);
}
