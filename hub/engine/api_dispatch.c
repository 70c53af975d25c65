/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_call.h"
#include "hub/engine/api_rights.h"
#include "hub/store/idempotency_store.h"

static const struct api_field query_change[] = {{.name = "dry_run", .kind = API_BOOL}, {}};

/* Of all that makes two requests the same. */
static void hash_request(struct api_call *call)
{
    json_t *whole =
        json_pack("{s:s,s:s,s:O,s:O}", "method", call->message.method, "path", call->message.path,
                  "query", call->message.query, "body", call->message.body);
    _cleanup_free_ char *text = json_dumps(whole, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(whole);
    if (!text)
        abort();
    crypto_generichash(call->request_hash, sizeof call->request_hash, (const uint8_t *)text,
                       strlen(text), NULL, 0);
}

static bool is_allowed(struct api_call *call, struct problem *problem)
{
    const struct api_request *request = &call->request;
    if (problem_is_set(&call->refusal)) {
        *problem = call->refusal;
        call->refusal = (struct problem){};
        return false;
    }
    return api_rights_check(call->engine, request, problem);
}

/* While a state is on its way out, or on trial, nothing may be acknowledged that could be lost. */
static bool is_refused_now(const struct api_call *call, struct problem *problem)
{
    const struct api_route *route = call->request.route;

    if (!call->engine->frozen[0] || route->while_frozen ||
        !(route->changes || route->id == ROUTE_PROFILE_GET || route->id == ROUTE_BACKUP_FETCH ||
          route->id == ROUTE_SETUP_FINISH))
        return false;
    problem_set(problem, 503, "frozen", "nothing was changed: %s", call->engine->frozen);
    return true;
}

static bool prepare(struct api_call *call, struct problem *problem)
{
    struct api_request *request = &call->request;
    call->path_copy = text_duplicate(call->message.path);
    request->route =
        api_route_find(call->message.method, call->path_copy, request->parameters, problem);
    if (!request->route)
        return false;
    if (request->route->access == API_ACCESS_ROLE && !is_allowed(call, problem))
        return false;
    if (is_refused_now(call, problem))
        return false;
    /* Neither the answer nor a hash of a password is for the disk. */
    if (request->route->secret)
        request->idempotency_key = NULL;
    if (request->route->changes && request->idempotency_key)
        hash_request(call);
    api_query_check(request->route->changes && !request->route->query ? query_change
                                                                      : request->route->query,
                    request->query, problem);
    api_fields_check(request->route->body, request->body, request->route->method == API_PATCH,
                     problem);
    request->dry_run = json_is_true(json_object_get(request->query, "dry_run"));
    return !problem_is_set(problem);
}

/* True when the call was answered from what is kept. */
static bool replay(struct api_call *call)
{
    _cleanup_problem_ struct problem problem = {};
    struct kept_answer kept = {};
    const struct api_request *request = &call->request;
    if (!request->route->changes || !request->idempotency_key || request->dry_run)
        return false;
    int r = idempotency_store_get(call->engine->store, request->caller->who,
                                  request->idempotency_key, &kept);
    if (r == -ENOENT)
        return false;
    if (r < 0) {
        log_error("api: looking up an Idempotency-Key: %s", strerror(-r));
        problem_set(&problem, 500, "store", "the database can't be read: %s", strerror(-r));
        api_answer_problem(call, &problem);
        return true;
    }
    _cleanup_free_ char *body = kept.body;
    if (memcmp(kept.request_hash, call->request_hash, sizeof kept.request_hash) == 0) {
        api_answer_replayed(call, kept.status, json_loads(body, JSON_DECODE_ANY, NULL));
        return true;
    }
    problem_set(&problem, 409, "idempotency",
                "the Idempotency-Key was used for another request: take a new one");
    api_answer_problem(call, &problem);
    return true;
}

void api_dispatch(struct api_call *call)
{
    _cleanup_problem_ struct problem problem = {};
    api_call_ref(call); /* handlers may look at the request after they answered */
    if (!prepare(call, &problem))
        api_answer_problem(call, &problem);
    else if (!replay(call))
        api_handlers[call->request.route->id](call->engine, call, &call->request);
    api_call_unref(call);
}
