/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/engine/answer_watch.h"
#include "hub/engine/api_connection.h"

struct api_call *api_call_new(struct engine *engine, struct api_connection *connection,
                              struct api_message *message, const char *who, enum api_role role)
{
    struct api_call *call = memory_zero(sizeof *call);
    call->references = 1;
    call->engine = engine;
    call->connection = connection;
    call->message = *message;
    *message = (struct api_message){};
    snprintf(call->who, sizeof call->who, "%s", who);
    call->request = (struct api_request){.query = call->message.query,
                                         .body = call->message.body,
                                         .who = call->who,
                                         .role = role,
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
    free(call->path_copy);
    free(call);
}

void api_call_orphan(struct api_call *call)
{
    call->connection = NULL;
    if (!call->streaming)
        return;
    call->streaming = false;
    if (call->gone)
        call->gone(call->gone_data);
    api_call_unref(call);
}

/* The one place where a call gets its answer. `answer` is stolen. */
static void finish(struct api_call *call, json_t *answer)
{
    assert(!call->answered);
    call->answered = true;
    if (call->connection) {
        api_connection_put(call->connection, answer);
        api_connection_answered(call->connection);
        call->connection = NULL;
    }
    json_decref(answer);
    api_call_unref(call);
}

void api_answer(struct api_call *call, int status, const char *etag, json_t *body)
{
    json_t *answer = json_pack("{s:i}", "status", status);
    answer_watch(call->request.route, call->request.dry_run, status, body);
    if (etag)
        json_object_set_new(answer, "etag", json_string(etag));
    if (body)
        json_object_set_new(answer, "body", body);
    finish(call, answer);
}

void api_answer_replayed(struct api_call *call, int status, json_t *body)
{
    answer_watch(call->request.route, false, status, body);
    finish(call, json_pack("{s:i,s:b,s:o}", "status", status, "replayed", 1, "body", body));
}

void api_answer_problem(struct api_call *call, const struct problem *problem)
{
    api_answer(call, problem->status, NULL, problem_to_json(problem));
}

void api_stream_begin(struct api_call *call, api_stream_gone gone, void *data)
{
    assert(!call->answered);
    call->answered = call->streaming = true;
    call->gone = gone;
    call->gone_data = data;
    json_t *answer = json_pack("{s:i}", "status", 200);
    if (call->connection)
        api_connection_put(call->connection, answer);
    json_decref(answer);
}

bool api_stream_send(struct api_call *call, const json_t *event)
{
    if (!call->connection)
        return false;
    answer_watch_event(event);
    json_t *line = json_pack("{s:O}", "event", event);
    bool sent = api_connection_put(call->connection, line);
    json_decref(line);
    return sent;
}
