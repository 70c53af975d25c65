/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of an answer: status line, what it is, and the headers that guard the page. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "webui/http_head.h"

enum answer_caching {
    ANSWER_NOT_STORED,  /* what the API says */
    ANSWER_REVALIDATED, /* with its ETag */
    ANSWER_IMMUTABLE,
};

struct answer {
    int status;
    const char *media_type; /* NULL = no body */
    const char *etag;       /* with its quotes; NULL or "" = none */
    const char *cookie;     /* NULL = none */
    const char *location;
    const char *file_name; /* NULL or "" = to be shown */
    uint32_t retry_after;  /* s, 0 = not told */
    enum answer_caching caching;
    bool tls, closes, gzip, replayed;
    bool endless; /* in chunks, until one side ends it */
    bool page;    /* a document that runs scripts of ours */
    size_t body_size;
};

void answer_head(struct buf *text, const struct answer *answer, int64_t now);
/* A problem document (RFC 9457) for what never reaches the engine. */
void answer_problem(struct buf *text, int status, const char *type, const char *detail);
/* Does If-None-Match name this ETag? */
bool answer_is_known(struct http_text if_none_match, const char *etag);
