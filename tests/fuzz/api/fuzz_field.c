/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A body and a query (JSON text) against the schema of each route; the first byte takes one. */
#include <stdint.h>
#include <stdlib.h>

#include "hub/api/route.h"

static void check(const struct api_route *route, json_t *object)
{
    _cleanup_problem_ struct problem body = {}, query = {};
    bool fine = api_fields_check(route->body, object, route->method == API_PATCH, &body);
    if (fine == problem_is_set(&body))
        abort();
    if (!json_is_object(object))
        return;
    fine = api_query_check(route->query, object, &query);
    if (fine == problem_is_set(&query))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    json_t *object = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
    if (object)
        check(api_route(data[0] % ROUTE_COUNT), object);
    json_decref(object);
    return 0;
}
