/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/web_door.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/channel/channel.h"
#include "hub/engine/api_call.h"
#include "hub/engine/supervisor.h"
#include "hub/engine/web_message.h"
#include "hub/engine/web_tls.h"

enum {
    UNSENT_MAX = 1024 * 1024,       /* in the channel's queue, before answers wait here */
    WAITING_MAX = 64 * 1024 * 1024, /* all that wait here */
    TEXT_KEPT_MAX = 1024 * 1024,    /* of the buffer that answers are written in */
};

/* The rest of a long answer, while the channel is full. */
struct waiting {
    struct waiting *next;
    uint32_t number;
    bool begun; /* its head was sent */
    struct verb_web_answer head;
    size_t sent, size;
    char bytes[];
};

struct web_door {
    struct engine *engine;
    struct channel *channel; /* NULL = no warren-web */
    struct api_call *calls[WEB_CONNECTIONS_MAX];
    struct waiting *first, **last;
    size_t waiting_size;
    struct buf text;        /* of the answer that is being written */
    uint64_t event_id;      /* of the event that is gathered; 0 = none */
    struct buf event_text;  /* its JSON */
    struct buf event_calls; /* who gets it: four bytes each */
    sd_event_source *flush; /* sends it at the end of the turn */
    bool slow; /* it does not read: its channel is to be closed at the end of the turn */
    size_t streams;
    struct {
        struct verb_web_listeners fixed;
        struct web_listener items[VERB_WEB_LISTENERS_MAX];
    } listeners;
};

static struct api_call **place_of(struct web_door *door, uint32_t number)
{
    return &door->calls[number % WEB_CONNECTIONS_MAX];
}

/* ---- the end of a warren-web ---- */

static void drop_waiting(struct web_door *door)
{
    struct waiting *first = door->first;
    door->first = first->next;
    if (!door->first)
        door->last = &door->first;
    door->waiting_size -= first->size;
    sodium_memzero(first->bytes, first->size);
    free(first);
}

static void drop_event(struct web_door *door)
{
    door->event_id = 0;
    buf_clear(&door->event_text);
    buf_clear(&door->event_calls);
}

static void close_door(struct web_door *door)
{
    door->channel = channel_free(door->channel);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        struct api_call *call = TAKE_PTR(door->calls[i]);
        if (call)
            api_call_orphan(call);
    }
    while (door->first)
        drop_waiting(door);
    drop_event(door);
    door->streams = 0;
    door->slow = false;
}

/* It does not read, or says what it must not: it is started anew. */
static void give_up(struct web_door *door, const char *why)
{
    log_error("warren-web %s, closing its channel", why);
    close_door(door);
    (void)supervisor_tell(door->engine->supervisor, VERB_WEB_RESTART, NULL);
}

/* Not amid a call, whose followers would be gone under its feet. */
static void give_up_later(struct web_door *door)
{
    door->slow = true;
    (void)sd_event_source_set_enabled(door->flush, SD_EVENT_ONESHOT);
}

/* ---- answers ---- */

static bool has_room(const struct web_door *door)
{
    return channel_queued(door->channel) < UNSENT_MAX;
}

/* The head with as much as fits, then parts; answers how much of it went. */
static size_t send_some(struct web_door *door, uint32_t number, struct verb_web_answer *head,
                        bool begun, const char *bytes, size_t size)
{
    size_t sent = 0;
    while ((!begun || sent < size) && has_room(door)) {
        size_t part = size - sent < WEB_PART_MAX ? size - sent : WEB_PART_MAX;
        struct verb_web_part later = {.blob_size = (uint32_t)part};
        head->blob_size = (uint32_t)part;
        if (channel_send(door->channel, begun ? VERB_WEB_ANSWER_PART : VERB_WEB_ANSWER, number, 0,
                         begun ? (void *)&later : head, begun ? sizeof later : sizeof *head,
                         bytes + sent, part, NULL, 0) < 0)
            break;
        begun = true;
        sent += part;
    }
    return sent;
}

static void wait_with(struct web_door *door, uint32_t number, const struct verb_web_answer *head,
                      bool begun, const char *bytes, size_t size)
{
    struct waiting *waiting = memory_zero(sizeof *waiting + size);
    waiting->number = number;
    waiting->begun = begun;
    waiting->head = *head;
    waiting->size = size;
    memcpy(waiting->bytes, bytes, size);
    *door->last = waiting;
    door->last = &waiting->next;
    door->waiting_size += size;
}

static void send_answer(struct web_door *door, uint32_t number, struct verb_web_answer *head,
                        const char *bytes, size_t size)
{
    head->total_size = (uint32_t)size;
    if (!door->first && has_room(door)) {
        size_t sent = send_some(door, number, head, false, bytes, size);
        if (sent < size)
            wait_with(door, number, head, true, bytes + sent, size - sent);
    } else if (door->waiting_size + size > WAITING_MAX) {
        give_up_later(door);
    } else {
        wait_with(door, number, head, false, bytes, size);
    }
}

static void on_drained(struct channel *channel, void *data)
{
    struct web_door *door = data;
    (void)channel;
    while (door->first && has_room(door)) {
        struct waiting *first = door->first;
        size_t sent = send_some(door, first->number, &first->head, first->begun,
                                first->bytes + first->sent, first->size - first->sent);
        first->sent += sent;
        first->begun = true;
        if (first->sent < first->size)
            return;
        drop_waiting(door);
    }
}

static void fill_head(const struct api_answer *answer, struct verb_web_answer *head)
{
    *head = (struct verb_web_answer){
        .status = (uint16_t)answer->status,
        .flags = (answer->replayed ? WEB_ANSWER_REPLAYED : 0) |
                 (answer->session_change == API_SESSION_SET     ? WEB_ANSWER_SET_SESSION
                  : answer->session_change == API_SESSION_CLEAR ? WEB_ANSWER_CLEAR_SESSION
                                                                : 0),
        .session_seconds = answer->session_seconds,
        .retry_after = answer->retry_after,
    };
    if (answer->session_change == API_SESSION_SET)
        memcpy(head->session, answer->session, sizeof head->session);
    if (answer->etag)
        (void)text_copy(head->etag, sizeof head->etag, answer->etag);
    if (!answer->raw)
        return;
    (void)text_copy(head->media_type, sizeof head->media_type, answer->raw->media_type);
    if (answer->raw->file_name)
        (void)text_copy(head->file_name, sizeof head->file_name, answer->raw->file_name);
}

static int add_text(const char *bytes, size_t size, void *data)
{
    buf_add(data, bytes, size);
    return 0;
}

static void put_answer(void *holder, struct api_call *call, const struct api_answer *answer)
{
    struct web_door *door = holder;
    struct verb_web_answer head;
    *place_of(door, call->number) = NULL;
    fill_head(answer, &head);
    if (answer->raw) {
        send_answer(door, call->number, &head, answer->raw->bytes, answer->raw->size);
    } else if (answer->text) {
        send_answer(door, call->number, &head, answer->text->data, answer->text->size);
    } else {
        if (answer->body)
            json_dump_callback(answer->body, add_text, &door->text, JSON_COMPACT);
        send_answer(door, call->number, &head, door->text.data ? door->text.data : "",
                    door->text.length);
        if (door->text.data)
            sodium_memzero(door->text.data, door->text.length);
        buf_clear(&door->text);
        if (door->text.size > TEXT_KEPT_MAX)
            buf_done(&door->text);
    }
    sodium_memzero(&head, sizeof head);
}

/* ---- streams ---- */

static void send_event(struct web_door *door)
{
    const uint32_t count = (uint32_t)(door->event_calls.length / sizeof(uint32_t));
    struct verb_web_event event = {
        .id = door->event_id,
        .stream_count = count,
        .blob_size = (uint32_t)(door->event_calls.length + door->event_text.length),
    };
    if (!door->event_id || !door->channel || door->slow)
        return;
    /* Joined behind the ids: one piece follows the fixed struct. */
    buf_add(&door->event_calls, door->event_text.data, door->event_text.length);
    int r = channel_send(door->channel, VERB_WEB_EVENT, 0, 0, &event, sizeof event,
                         door->event_calls.data, door->event_calls.length, NULL, 0);
    drop_event(door);
    if (r == -EAGAIN || r == -EINVAL)
        give_up_later(door);
}

static int on_flush(sd_event_source *source, void *data)
{
    struct web_door *door = data;
    (void)source;
    send_event(door);
    if (door->slow)
        give_up(door, "reads too slowly");
    return 0;
}

static void put_begin(void *holder, struct api_call *call)
{
    struct web_door *door = holder;
    struct verb_web_answer head = {.status = 200, .flags = WEB_ANSWER_STREAM};
    door->streams++;
    if (channel_send_plain(door->channel, VERB_WEB_ANSWER, call->number, 0, &head, sizeof head) ==
        -EAGAIN)
        log_warning("a stream of the web can't begin, ignoring");
}

/* The same event for the next stream joins it: one message for all. */
static bool put_event(void *holder, struct api_call *call, const json_t *event)
{
    struct web_door *door = holder;
    uint64_t id = (uint64_t)json_integer_value(json_object_get(event, "id"));
    if (door->event_id && door->event_id != id)
        send_event(door);
    if (door->slow)
        return false;
    if (!door->event_id) {
        door->event_id = id;
        json_dump_callback(event, add_text, &door->event_text, JSON_COMPACT);
        (void)sd_event_source_set_enabled(door->flush, SD_EVENT_ONESHOT);
    }
    buf_add(&door->event_calls, &call->number, sizeof call->number);
    return true;
}

/* After the events that it still gets. */
static void put_end(void *holder, struct api_call *call)
{
    struct web_door *door = holder;
    *place_of(door, call->number) = NULL;
    door->streams--;
    send_event(door);
    if (door->channel &&
        channel_send_plain(door->channel, VERB_WEB_END, call->number, 0, NULL, 0) == -EAGAIN)
        give_up_later(door);
}

static const struct api_outlet outlet = {
    .answer = put_answer,
    .begin = put_begin,
    .event = put_event,
    .end = put_end,
};

/* ---- requests ---- */

static void answer_problem(struct web_door *door, uint32_t number, const struct problem *problem)
{
    struct verb_web_answer head = {.status = (uint16_t)problem->status};
    json_t *document = problem_to_json(problem);
    _cleanup_free_ char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    send_answer(door, number, &head, text ? text : "{}", text ? strlen(text) : 2);
}

static struct api_call *make_call(struct web_door *door, const struct verb_web_request *request,
                                  struct api_message *message,
                                  const struct web_credential *credential)
{
    struct api_caller caller = {};
    _cleanup_problem_ struct problem refusal = {};
    if (api_caller_find(door->engine, credential, &request->from, &caller, &refusal) < 0) {
        caller = (struct api_caller){.who = "nobody", .role = API_AUDITOR, .limited = true};
        address_format(&request->from, caller.from);
    }
    struct api_call *call = api_call_new(door->engine, &outlet, door, message, &caller);
    call->refusal = refusal;
    refusal = (struct problem){};
    return call;
}

static void take_request(struct web_door *door, uint32_t number,
                         const struct verb_web_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    struct api_message message = {};
    struct web_credential credential = {};
    if (!web_message_parse(request, &message, &credential, &problem)) {
        answer_problem(door, number, &problem);
        return;
    }
    struct api_call *call = make_call(door, request, &message, &credential);
    sodium_memzero(&credential, sizeof credential);
    call->number = number;
    *place_of(door, number) = call;
    api_dispatch(call);
}

/* Who made it went away: a stream ends, anything else is still done. */
static void take_gone(struct web_door *door, uint32_t number)
{
    struct api_call **place = place_of(door, number), *call = *place;
    if (!call || call->number != number)
        return;
    *place = NULL;
    door->streams -= call->streaming;
    api_call_orphan(call);
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct web_door *door = data;
    uint32_t number = message->header.request;
    (void)channel;
    if (number == 0)
        return -EBADMSG;
    if (message->header.verb == VERB_WEB_GONE) {
        take_gone(door, number);
        return 0;
    }
    if (message->header.verb != VERB_WEB_REQUEST || *place_of(door, number))
        return -EBADMSG;
    take_request(door, number, message->body);
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct web_door *door = data;
    (void)channel;
    if (error < 0)
        give_up(door, "broke the rules");
    else
        close_door(door);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
    .drained = on_drained,
};

/* ---- the whole ---- */

struct web_door *web_door_new(struct engine *engine)
{
    struct web_door *door = memory_zero(sizeof *door);
    door->engine = engine;
    door->last = &door->first;
    if (sd_event_add_defer(engine->event, &door->flush, on_flush, door) < 0)
        abort();
    (void)sd_event_source_set_enabled(door->flush, SD_EVENT_OFF);
    return door;
}

struct web_door *web_door_free(struct web_door *door)
{
    if (!door)
        return NULL;
    close_door(door);
    sd_event_source_disable_unref(door->flush);
    buf_done(&door->text);
    buf_done(&door->event_text);
    buf_done(&door->event_calls);
    free(door);
    return NULL;
}

void web_door_open(struct web_door *door, int fd)
{
    close_door(door);
    int r = channel_new(door->engine->event, fd, ROLE_WEB, &channel_handlers, door, &door->channel);
    if (r >= 0)
        r = channel_gather(door->channel);
    if (r < 0) {
        log_error("no channel to warren-web: %s", strerror(-r));
        return;
    }
    web_door_send_tls(door);
}

void web_door_send_tls(struct web_door *door)
{
    if (!door->channel || !door->engine->tls)
        return;
    const struct tls_row *row = web_tls_row(door->engine->tls);
    _cleanup_buf_ struct buf pem = {};
    buf_add_text(&pem, row->chain);
    struct verb_web_tls tls = {.chain_size = (uint32_t)pem.length};
    buf_reserve(&pem, strlen(row->key) + 1);
    buf_add_text(&pem, row->key);
    tls.blob_size = (uint32_t)pem.length;
    int r = channel_send(door->channel, VERB_WEB_TLS, 0, 0, &tls, sizeof tls, pem.data, pem.length,
                         NULL, 0);
    sodium_memzero(pem.data, pem.length);
    if (r < 0)
        log_error("warren-web can't be told its certificate: %s", strerror(-r));
}

void web_door_set_listeners(struct web_door *door, const struct verb_web_listeners *list)
{
    memcpy(&door->listeners, list, sizeof *list + list->count * sizeof list->listeners[0]);
}

/* ---- for people ---- */

static json_t *listener_json(const struct web_listener *listener)
{
    char address[ADDRESS_TEXT_MAX];
    return json_pack("{s:s,s:i,s:s,s:s?}", "address",
                     address_format(&listener->endpoint.address, address), "port",
                     listener->endpoint.port, "protocol", listener->tls ? "https" : "http",
                     "failure", listener->status < 0 ? strerror(-listener->status) : NULL);
}

static json_t *pending_json(const struct web_door *door)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < door->listeners.fixed.count; i++) {
        const struct web_listener *listener = &door->listeners.items[i];
        char endpoint[ENDPOINT_TEXT_MAX], title[80];
        if (listener->status == 0)
            continue;
        snprintf(title, sizeof title, "listening on %s",
                 endpoint_format(&listener->endpoint, endpoint));
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:n}", "step", "web", "title", title,
                                              "reason", strerror(-listener->status), "retry_at"));
    }
    if (!door->channel && door->engine->settings.web)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:s,s:n}", "step", "web", "title", "warren-web",
                                        "reason", "it does not run", "retry_at"));
    return list;
}

json_t *web_door_json(const struct web_door *door)
{
    json_t *listeners = json_array();
    for (uint32_t i = 0; i < door->listeners.fixed.count; i++)
        json_array_append_new(listeners, listener_json(&door->listeners.items[i]));
    return json_pack("{s:b,s:b,s:I,s:o,s:o}", "enabled", door->engine->settings.web, "connected",
                     door->channel != NULL, "streams", (json_int_t)door->streams, "listeners",
                     listeners, "pending", pending_json(door));
}
