/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_call.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/engine/answer_watch.h"

struct api_call *api_call_new(struct engine *engine, const struct api_outlet *outlet, void *holder,
                              struct api_message *message, struct api_caller *caller)
{
    struct api_call *call = memory_zero(sizeof *call);
    call->references = 1;
    call->engine = engine;
    call->outlet = outlet;
    call->holder = holder;
    call->message = *message;
    *message = (struct api_message){};
    call->caller = *caller;
    *caller = (struct api_caller){};
    call->request = (struct api_request){.query = call->message.query,
                                         .body = call->message.body,
                                         .caller = &call->caller,
                                         .if_match = call->message.if_match,
                                         .idempotency_key = call->message.idempotency_key};
    return call;
}

void api_call_ref(struct api_call *call)
{
    call->references++;
}

void api_call_unref(struct api_call *call)
{
    if (--call->references)
        return;
    api_message_done(&call->message);
    api_caller_done(&call->caller);
    problem_done(&call->refusal);
    sodium_memzero(call->session, sizeof call->session);
    free(call->path_copy);
    json_decref(call->changes);
    free(call);
}

void api_call_orphan(struct api_call *call)
{
    call->holder = NULL;
    if (!call->streaming)
        return;
    call->streaming = false;
    if (call->gone)
        call->gone(call->gone_data);
    api_call_unref(call);
}

/* The one place where a call gets its answer. */
static void finish(struct api_call *call, struct api_answer *answer)
{
    void *holder = call->holder;

    assert(!call->answered);
    call->answered = true;
    if (answer->text)
        answer_watch_text(call->request.route, answer->status, answer->text->data,
                          answer->text->size);
    else if (!answer->raw)
        answer_watch(call->request.route, call->request.dry_run, answer->status, answer->body);
    answer->session_change = call->session_change;
    memcpy(answer->session, call->session, sizeof answer->session);
    answer->session_seconds = call->session_seconds;
    answer->retry_after = call->retry_after;
    answer->changes = call->changes;
    call->holder = NULL;
    if (holder)
        call->outlet->answer(holder, call, answer);
    sodium_memzero(answer->session, sizeof answer->session);
    api_call_unref(call);
}

void api_answer(struct api_call *call, int status, const char *etag, json_t *body)
{
    finish(call, &(struct api_answer){.status = status, .etag = etag, .body = body});
    json_decref(body);
}

void api_answer_text(struct api_call *call, int status, const char *etag,
                     const struct api_text *text)
{
    finish(call, &(struct api_answer){.status = status, .etag = etag, .text = text});
}

void api_answer_replayed(struct api_call *call, int status, json_t *body)
{
    finish(call, &(struct api_answer){.status = status, .body = body, .replayed = true});
    json_decref(body);
}

void api_answer_raw(struct api_call *call, const struct api_raw *raw)
{
    finish(call, &(struct api_answer){.status = 200, .raw = raw});
}

void api_answer_problem(struct api_call *call, const struct problem *problem)
{
    api_answer(call, problem->status, NULL, problem_to_json(problem));
}

bool api_refuse(struct api_call *call, const struct problem *problem)
{
    if (!problem_is_set(problem))
        return false;
    api_answer_problem(call, problem);
    return true;
}

void api_session_set(struct api_call *call, const uint8_t session[static WEB_SESSION_SIZE],
                     uint32_t seconds)
{
    call->session_change = API_SESSION_SET;
    memcpy(call->session, session, sizeof call->session);
    call->session_seconds = seconds;
}

void api_session_clear(struct api_call *call)
{
    call->session_change = API_SESSION_CLEAR;
}

void api_retry_after(struct api_call *call, uint32_t seconds)
{
    call->retry_after = seconds;
}

void api_stream_begin(struct api_call *call, api_stream_gone gone, void *data)
{
    assert(!call->answered);
    call->answered = call->streaming = true;
    call->gone = gone;
    call->gone_data = data;
    if (call->holder)
        call->outlet->begin(call->holder, call);
}

void api_stream_end(struct api_call *call)
{
    void *holder = call->holder;
    if (holder)
        call->outlet->end(holder, call);
    api_call_orphan(call);
}

bool api_stream_send(struct api_call *call, const json_t *event)
{
    if (!call->holder)
        return false;
    answer_watch_event(event);
    return call->outlet->event(call->holder, call, event);
}
