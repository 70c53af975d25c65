/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of an HTTP/1.1 request, read strictly and purely: what two readers could take for two
 * different things is refused. No chunked bodies, no folded lines, no bare line feeds, no absolute
 * targets, no white space where none belongs, nothing twice that must be there once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_MAX = 16 * 1024,
    HTTP_TARGET_MAX = 4096,
    HTTP_FIELDS_MAX = 64,
    HTTP_HOST_MAX = 255,
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };

/* A part of the bytes that were read; NULL = not there. */
struct http_text {
    const char *at;
    size_t size;
};

/* The fields that somebody asks for; all others are looked at for their form alone. */
enum http_field {
    HTTP_ACCEPT,
    HTTP_AUTHORIZATION,
    HTTP_CONNECTION,
    HTTP_CONTENT_LENGTH,
    HTTP_CONTENT_TYPE,
    HTTP_COOKIE,
    HTTP_EXPECT,
    HTTP_HOST,
    HTTP_IDEMPOTENCY_KEY,
    HTTP_IF_MATCH,
    HTTP_IF_NONE_MATCH,
    HTTP_LAST_EVENT_ID,
    HTTP_ORIGIN,
    HTTP_SEC_FETCH_SITE,
    HTTP_TRANSFER_ENCODING,
    HTTP_FIELD_COUNT,
};

struct http_head {
    enum http_method method;
    struct http_text path, query; /* as they came; the query without its question mark */
    struct http_text fields[HTTP_FIELD_COUNT];
    size_t body_size;
    bool closes; /* no other request is to follow on this connection */
    bool wants_continue;
};

/* 0 and the size of the head, with its empty line. -EAGAIN: it has not all come yet. Else the HTTP
 * status that refuses it, and why: nothing after it can be trusted. */
int http_head_parse(const char *bytes, size_t size, struct http_head *ret_head, size_t *ret_size,
                    const char **ret_wrong);

bool http_text_is(struct http_text text, const char *other);
/* Is the word in a list with commas, whatever its letters' case and parameters after it? */
bool http_list_has(struct http_text list, const char *word);
