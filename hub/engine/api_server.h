/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The API on its unix socket: one JSON object per line each way. Bounded: line length, requests in
 * flight per connection (one), connections (64), output queue.
 */
#pragma once

#include "hub/api/route.h"
#include "hub/engine/api_caller.h"
#include "hub/engine/api_outlet.h"
#include "hub/engine/engine.h"
#include "hub/engine/peer_texts.h"

/* Takes over the listening descriptor. */
int api_server_new(struct engine *engine, int listen_fd, struct api_server **ret_server);
struct api_server *api_server_free(struct api_server *server);

/* What peers' answers are made of, kept. */
struct peer_texts *api_server_peer_texts(struct api_server *server);

/* A request being answered. Lives until it is answered, also when its connection goes away. */
struct api_call;

/* What a handler gets: all checked against the route. Borrowed until the call is answered. */
struct api_request {
    const struct api_route *route;
    const char *parameters[API_PARAMETERS_MAX]; /* in the order of the path */
    json_t *query;                              /* object, values as the fields say; never NULL */
    json_t *body;                               /* object, never NULL */
    const struct api_caller *caller;
    const char *if_match; /* NULL = not given */
    const char *idempotency_key;
    bool dry_run;
};

/* Exactly one of these, once, at once or later. `body` is stolen. */
void api_answer(struct api_call *call, int status, const char *etag, json_t *body);
void api_answer_problem(struct api_call *call, const struct problem *problem);
/* Answers with the problem when there is one; false: there is none, and nothing was answered. */
bool api_refuse(struct api_call *call, const struct problem *problem);
/* A body that is JSON already; nothing is kept of it. */
void api_answer_text(struct api_call *call, int status, const char *etag,
                     const struct api_text *text);
/* Bytes as they are, for those who ask through the web. Nothing is kept of `raw`. */
void api_answer_raw(struct api_call *call, const struct api_raw *raw);
/* Before the answer, what goes with it: the cookie of the web (0 s: until the browser ends), and
 * when to ask again. */
void api_session_set(struct api_call *call, const uint8_t session[static WEB_SESSION_SIZE],
                     uint32_t seconds);
void api_session_clear(struct api_call *call);
void api_retry_after(struct api_call *call, uint32_t seconds);
/* For followers: a line now and more later; *ret_gone tells when the reader is gone. */
typedef void (*api_stream_gone)(void *data);
void api_stream_begin(struct api_call *call, api_stream_gone gone, void *data);
/* false: the reader is too slow or gone; the stream ends by itself. */
bool api_stream_send(struct api_call *call, const json_t *event);
/* From the loop, not amid a call; `gone` is called. */
void api_stream_end(struct api_call *call);

typedef void (*api_handler)(struct engine *engine, struct api_call *call,
                            const struct api_request *request);
/* One row per route, bound in api_handlers.c. */
extern const api_handler api_handlers[ROUTE_COUNT];
