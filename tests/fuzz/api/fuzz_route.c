/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A method and a path, "GET /api/v1/...", against the table of routes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/api/route.h"
#include "hub/base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_problem_ struct problem problem = {};
    const char *parameters[API_PARAMETERS_MAX] = {};
    _cleanup_free_ char *text = strndup((const char *)data, size);
    char *path = strchr(text, ' ');
    if (!path)
        return 0;
    *path++ = 0;
    const struct api_route *route = api_route_find(text, path, parameters, &problem);
    if (!route == !problem_is_set(&problem))
        abort();
    for (size_t i = 0; route && i < API_PARAMETERS_MAX; i++)
        if (parameters[i] && !*parameters[i])
            abort();
    return 0;
}
