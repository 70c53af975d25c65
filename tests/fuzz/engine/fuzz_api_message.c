/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of the API's socket: parsed, then matched with a route and checked, as the engine does. */
#include <stdint.h>
#include <stdlib.h>

#include "hub/api/route.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_message.h"

static void check(struct api_message *message, struct problem *problem)
{
    _cleanup_free_ char *path = text_duplicate(message->path);
    const char *parameters[API_PARAMETERS_MAX];
    const struct api_route *route = api_route_find(message->method, path, parameters, problem);
    if (!route)
        return;
    api_query_check(route->query, message->query, problem);
    api_fields_check(route->body, message->body, route->method == API_PATCH, problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_problem_ struct problem problem = {};
    struct api_message message = {};
    if (api_request_parse((const char *)data, size, &message, &problem)) {
        check(&message, &problem);
        api_message_done(&message);
    } else if (!problem_is_set(&problem)) {
        abort();
    }
    if (problem_is_set(&problem)) {
        json_t *document = problem_to_json(&problem);
        if (!document)
            abort();
        json_decref(document);
    }
    return 0;
}
