/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <netinet/in.h>
#include <string.h>

#include "hub/channel/verb_check.h"
#include "hub/channel/verb_check_parts.h"
#include "hub/channel/verbs.h"

static bool endpoint_ok(const struct endpoint *endpoint)
{
    return address_bits(&endpoint->address) && endpoint->port != 0;
}

const char *verb_check_web_listener(enum role sender UNUSED, const void *body,
                                    int descriptors UNUSED)
{
    const struct verb_web_listener *listener = body;

    if (!endpoint_ok(&listener->endpoint))
        return "no address and port";
    return listener->tls <= 1 ? NULL : "tls is neither 0 nor 1";
}

const char *verb_check_web_listeners(enum role sender UNUSED, const void *body,
                                     int descriptors UNUSED)
{
    const struct verb_web_listeners *list = body;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct web_listener *listener = &list->listeners[i];

        if (!endpoint_ok(&listener->endpoint))
            return "no address and port";
        if (listener->tls > 1)
            return "tls is neither 0 nor 1";
        if (!status_ok(listener->status))
            return "status is no error number";
    }
    return NULL;
}

const char *verb_check_web_tls(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_web_tls *tls = body;

    if (tls->chain_size == 0 || tls->chain_size >= tls->blob_size)
        return "chain or key is missing";
    return memchr(tls->blob, 0, tls->blob_size) ? "PEM has a zero byte" : NULL;
}

/* One text with its end, or nothing. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    return size == 0 || memchr(bytes, 0, size) == bytes + size - 1;
}

static bool is_query(const uint8_t *bytes, size_t size)
{
    size_t ends = 0;

    for (size_t i = 0; i < size; i++)
        ends += bytes[i] == 0;
    return size == 0 || (bytes[size - 1] == 0 && ends % 2 == 0);
}

static const char *check_credential(const struct verb_web_request *request)
{
    switch ((enum web_credential_kind)request->credential) {
    case WEB_CREDENTIAL_NONE:
        return request->credential_size ? "a credential of none" : NULL;
    case WEB_CREDENTIAL_SESSION:
        return request->credential_size == WEB_SESSION_SIZE ? NULL : "a session of another size";
    case WEB_CREDENTIAL_TOKEN:
        return request->credential_size > 1 && request->credential_size <= WEB_TOKEN_MAX &&
                       is_text(request->blob, request->credential_size)
                   ? NULL
                   : "a token is none";
    case WEB_CREDENTIAL_KIND_COUNT:
        break;
    }
    return "no such credential";
}

static const char *check_request_texts(const struct verb_web_request *request)
{
    const uint8_t *path = request->blob + request->credential_size;
    const uint8_t *query = path + request->path_size;
    const uint8_t *if_match = query + request->query_size;
    const uint8_t *key = if_match + request->if_match_size;

    if (request->path_size < 2 || request->path_size > WEB_PATH_MAX || path[0] != '/' ||
        !is_text(path, request->path_size))
        return "a path is none";
    if (request->query_size > WEB_QUERY_MAX || !is_query(query, request->query_size))
        return "a query is none";
    if (request->if_match_size > WEB_HEADER_MAX || !is_text(if_match, request->if_match_size) ||
        request->idempotency_key_size > WEB_HEADER_MAX ||
        !is_text(key, request->idempotency_key_size))
        return "a header is none";
    return NULL;
}

const char *verb_check_web_request(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_web_request *request = body;
    uint64_t sum = (uint64_t)request->credential_size + request->path_size + request->query_size +
                   request->if_match_size + request->idempotency_key_size + request->body_size;

    if (request->method >= WEB_METHOD_COUNT)
        return "no such method";
    if (!address_bits(&request->from))
        return "from no address";
    if (sum != request->blob_size || request->body_size > WEB_BODY_MAX)
        return "sizes do not add up";
    const char *reason = check_credential(request);
    return reason ? reason : check_request_texts(request);
}

/* Of an answer: a line of its own, or "". */
static bool is_header(const char *text, size_t size)
{
    return ended(text, size) && (!*text || text_is_printable(text, NULL));
}

const char *verb_check_web_answer(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_web_answer *answer = body;
    const uint8_t known =
        WEB_ANSWER_STREAM | WEB_ANSWER_SET_SESSION | WEB_ANSWER_CLEAR_SESSION | WEB_ANSWER_REPLAYED;

    if (answer->status < 200 || answer->status > 599)
        return "no status";
    if (answer->flags & ~known)
        return "unknown flags";
    if (!is_header(answer->etag, sizeof(answer->etag)) ||
        !is_header(answer->media_type, sizeof(answer->media_type)) ||
        !is_header(answer->file_name, sizeof(answer->file_name)))
        return "a text is not ended, or none";
    if (answer->blob_size > answer->total_size || (!answer->blob_size && answer->total_size))
        return "sizes do not fit";
    return answer->flags & WEB_ANSWER_STREAM && answer->total_size ? "a stream with a body" : NULL;
}

const char *verb_check_web_part(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_web_part *part = body;

    return part->blob_size ? NULL : "an empty part";
}

const char *verb_check_web_event(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_web_event *event = body;

    if (event->stream_count == 0 || event->stream_count > WEB_CONNECTIONS_MAX)
        return "no streams, or too many";
    const uint64_t ids_size = (uint64_t)event->stream_count * 4;
    if (ids_size >= event->blob_size)
        return "an event without text";
    return memchr(event->blob + ids_size, '\n', event->blob_size - ids_size)
               ? "an event of several lines"
               : NULL;
}
