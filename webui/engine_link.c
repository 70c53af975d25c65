/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/engine_link.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "webui/engine_answer.h"
#include "webui/sockets.h"
#include "webui/stream.h"

enum { COUNT_MAX = UINT32_MAX / WEB_CONNECTIONS_MAX };

/* ---- asking ---- */

static _Alignas(8) uint8_t request_blob[WEB_REQUEST_BLOB_MAX];

static uint32_t next_number(struct connection *connection)
{
    uint32_t *count = &connection->web->counts[connection->place];

    *count = *count >= COUNT_MAX ? 1 : *count + 1;
    return *count * WEB_CONNECTIONS_MAX + connection->place;
}

static size_t add(size_t at, const void *bytes, size_t size)
{
    memcpy(request_blob + at, bytes, size);
    return at + size;
}

/* With its end; nothing of what is not there. */
static uint16_t add_field(size_t *at, struct http_text text)
{
    if (!text.at)
        return 0;
    *at = add(*at, text.at, text.size);
    request_blob[(*at)++] = 0;
    return (uint16_t)(text.size + 1);
}

static enum web_method method_of(enum http_method method)
{
    switch (method) {
    case HTTP_POST:
        return WEB_POST;
    case HTTP_PATCH:
        return WEB_PATCH;
    case HTTP_DELETE:
        return WEB_DELETE;
    case HTTP_GET:
    case HTTP_HEAD:
    case HTTP_METHOD_COUNT:
        break;
    }
    return WEB_GET;
}

static uint16_t add_credential(size_t *at, const struct credential *credential)
{
    size_t size = 0;

    if (credential->kind == WEB_CREDENTIAL_SESSION)
        size = sizeof(credential->session);
    else if (credential->kind == WEB_CREDENTIAL_TOKEN)
        size = strlen(credential->token) + 1;
    *at = add(*at, credential->session, size);
    return (uint16_t)size;
}

int engine_link_ask(struct connection *connection, const struct http_head *head,
                    const struct target *target, const struct credential *credential,
                    const char *body)
{
    struct web *web = connection->web;
    struct verb_web_request request = {
        .method = (uint8_t)method_of(head->method),
        .credential = (uint8_t)credential->kind,
        .from = connection->from,
        .body_size = (uint32_t)head->body_size,
    };
    size_t at = 0;

    if (!web->engine)
        return -ENOTCONN;
    request.credential_size = add_credential(&at, credential);
    request.path_size = add_field(&at, (struct http_text){target->path, strlen(target->path)});
    request.query_size = (uint16_t)target->query_size;
    at = add(at, target->query, target->query_size);
    request.if_match_size = add_field(&at, head->fields[HTTP_IF_MATCH]);
    request.idempotency_key_size = add_field(&at, head->fields[HTTP_IDEMPOTENCY_KEY]);
    at = add(at, body, head->body_size);
    request.blob_size = (uint32_t)at;

    uint32_t number = next_number(connection);
    int r = channel_send(web->engine, VERB_WEB_REQUEST, number, 0, &request, sizeof(request),
                         request_blob, at, NULL, 0);
    sodium_memzero(request_blob, at);
    if (r < 0)
        return r;
    connection->shows = credential->kind != WEB_CREDENTIAL_NONE;
    connection_wait(connection, number);
    return 0;
}

void engine_link_gone(struct web *web, uint32_t number)
{
    if (web->engine)
        (void)channel_send_plain(web->engine, VERB_WEB_GONE, number, 0, NULL, 0);
}

/* ---- answers ---- */

static struct connection *find(struct web *web, uint32_t number)
{
    struct connection *connection = web->places[number % WEB_CONNECTIONS_MAX];

    return connection && connection->number == number ? connection : NULL;
}

static void take_answer(struct connection *connection, const struct verb_web_answer *told)
{
    char cookie[CREDENTIAL_COOKIE_MAX];
    struct answer answer;

    connection->known = connection->known || (connection->shows && told->status != 401);
    if (told->flags & WEB_ANSWER_STREAM) {
        stream_begin(connection);
        return;
    }
    engine_answer_take(told, cookie, &answer);
    connection->answer_number = connection->number;
    connection_begin(connection, &answer, told->blob, told->blob_size, told->total_size);
    sodium_memzero(cookie, sizeof(cookie));
}

static void take_part(struct web *web, uint32_t number, const struct verb_web_part *part)
{
    struct connection *connection = web->places[number % WEB_CONNECTIONS_MAX];

    /* It may have gone in the middle. */
    if (connection && connection->answer_number == number && connection->body_left)
        connection_add(connection, part->blob, part->blob_size);
}

static void take_event(struct web *web, const struct verb_web_event *event)
{
    const size_t ids_size = (size_t)event->stream_count * sizeof(uint32_t);
    _cleanup_buf_ struct buf chunk = {0};

    stream_make_chunk(&chunk, event->id, (const char *)event->blob + ids_size,
                      event->blob_size - ids_size);
    for (uint32_t i = 0; i < event->stream_count; i++) {
        uint32_t number;

        memcpy(&number, event->blob + i * sizeof(number), sizeof(number));
        struct connection *connection = find(web, number);
        if (connection && connection->state == CONNECTION_STREAMS)
            connection_send_chunk(connection, &chunk);
    }
}

static void take_tls(struct web *web, const struct verb_web_tls *told)
{
    struct tls *tls;

    if (tls_new(told->blob, told->chain_size, told->blob + told->chain_size,
                told->blob_size - told->chain_size, &tls) < 0)
        return;
    tls_unref(web->tls);
    web->tls = tls;
    sockets_listen(web);
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct web *web = data;
    uint32_t number = message->header.request;

    (void)channel;
    if (message->header.verb == VERB_WEB_TLS) {
        take_tls(web, message->body);
        sodium_memzero((void *)message->body, message->size);
    } else if (message->header.verb == VERB_WEB_EVENT) {
        take_event(web, message->body);
    } else if (message->header.verb == VERB_WEB_ANSWER_PART) {
        take_part(web, number, message->body);
    } else if (message->header.verb == VERB_WEB_END) {
        struct connection *connection = find(web, number);

        if (connection && connection->state == CONNECTION_STREAMS)
            stream_end(connection);
    } else if (message->header.verb == VERB_WEB_ANSWER) {
        struct connection *connection = find(web, number);

        if (connection && connection->state == CONNECTION_WAITS)
            take_answer(connection, message->body);
    } else {
        return -EBADMSG;
    }
    return 0;
}

/* ---- its life ---- */

void engine_link_close(struct web *web)
{
    web->engine = channel_free(web->engine);
    for (unsigned i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        struct connection *connection = web->places[i];

        if (!connection)
            continue;
        if (connection->state == CONNECTION_WAITS)
            connection_refuse(connection, 503, "engine", "the hub is being started again", 2);
        else if (connection->state == CONNECTION_STREAMS || connection->body_left)
            connection_close(connection);
    }
}

static void on_closed(struct channel *channel, int error, void *data)
{
    (void)channel;
    log_warning("the engine is gone: %s", error < 0 ? strerror(-error) : "waiting for another");
    engine_link_close(data);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
};

void engine_link_open(struct web *web, int fd)
{
    engine_link_close(web);
    int r = channel_new(web->event, fd, ROLE_ENGINE, &channel_handlers, web, &web->engine);
    if (r >= 0)
        r = channel_gather(web->engine);
    if (r < 0)
        log_error("no channel to the engine: %s", strerror(-r));
}
