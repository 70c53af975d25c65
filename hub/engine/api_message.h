/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request as it stands in a line of the socket: parsed and bounded, not yet matched with a
 * route. Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "hub/api/problem.h"

struct api_message {
    char *method, *path;
    json_t *query, *body;             /* objects */
    char *if_match, *idempotency_key; /* NULL = not given */
    char *authorization;              /* "Bearer wrn_...", "Session ..."; NULL = not given */
};

void api_message_done(struct api_message *message);

/* False and a problem (400) for what is not a request. `line` is without its newline. */
bool api_request_parse(const char *line, size_t size, struct api_message *ret_message,
                       struct problem *ret_problem);
