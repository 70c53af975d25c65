/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a call's answer goes: to the unix socket, or to the web. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/channel/verbs.h"

struct api_call;

/* Bytes that are no JSON, for the web. */
struct api_raw {
    const char *media_type; /* "application/x-openvpn-profile" */
    const char *file_name;  /* NULL = to be shown, not to be kept */
    const void *bytes;
    size_t size;
};

/* What the web is to do with the cookie. */
enum api_session { API_SESSION_KEEP, API_SESSION_SET, API_SESSION_CLEAR };

/* A body that is JSON already. */
struct api_text {
    const char *data;
    size_t size;
};

struct api_answer {
    int status;
    const char *etag;            /* NULL = none */
    const json_t *body;          /* NULL = none, or `text` is it */
    const struct api_text *text; /* NULL = none */
    const struct api_raw *raw;
    bool replayed;
    const json_t
        *changes; /* [{field, before, after}] of a PATCH; NULL = none. For the socket alone */
    uint32_t retry_after; /* s, 0 = not told */
    enum api_session session_change;
    uint8_t session[WEB_SESSION_SIZE];
    uint32_t session_seconds;
};

/* None of them is called once the holder has let go of the call (api_call_orphan()). */
struct api_outlet {
    /* The last that the holder hears of the call. */
    void (*answer)(void *holder, struct api_call *call, const struct api_answer *answer);
    void (*begin)(void *holder, struct api_call *call);
    /* False: the reader is too slow or gone, and the holder lets go of the call by itself. */
    bool (*event)(void *holder, struct api_call *call, const json_t *event);
    /* The last that the holder hears of a stream: it is to be closed. */
    void (*end)(void *holder, struct api_call *call);
};
