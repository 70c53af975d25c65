/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request being answered, as the server's own files see it. */
#pragma once

#include "hub/engine/api_caller.h"
#include "hub/engine/api_message.h"
#include "hub/engine/api_outlet.h"
#include "hub/engine/api_server.h"

struct api_call {
    unsigned references; /* one until it is answered (a stream: until its reader is gone) */
    struct engine *engine;
    const struct api_outlet *outlet;
    void *holder;    /* of the outlet; NULL: went away */
    uint32_t number; /* the holder's own */
    struct api_message message;
    char *path_copy; /* the parameters point into it */
    struct api_caller caller;
    struct problem refusal; /* set: the caller is nobody, and may have what is public alone */
    struct api_request request;
    uint8_t request_hash[32]; /* for the Idempotency-Key */
    bool answered, streaming;
    api_stream_gone gone;
    void *gone_data;
    /* The rest of the answer that is to come. */
    enum api_session session_change;
    uint8_t session[WEB_SESSION_SIZE];
    uint32_t session_seconds;
    uint32_t retry_after;
    json_t *changes;
};

/* Takes the message and the caller over. */
struct api_call *api_call_new(struct engine *engine, const struct api_outlet *outlet, void *holder,
                              struct api_message *message, struct api_caller *caller);
void api_call_ref(struct api_call *call);
void api_call_unref(struct api_call *call);
/* Its holder went away: a stream ends, anything else is still done. */
void api_call_orphan(struct api_call *call);

/* Matches the call with its route, checks it, and has it handled or answers what is wrong. */
void api_dispatch(struct api_call *call);
/* An answer given earlier to the same Idempotency-Key. `body` is stolen. */
void api_answer_replayed(struct api_call *call, int status, json_t *body);
