/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What warren-web says, which faces the net: a WEB_REQUEST as the channel checks it, then as the
 * engine reads it, then matched with a route and checked. The first byte says whether the sizes are
 * taken as they come, or made to add up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/api/route.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/channel/channel.h"
#include "hub/engine/web_message.h"

static _Alignas(16) uint8_t message[CHANNEL_MESSAGE_MAX];

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_route(struct api_message *parsed, struct problem *problem)
{
    _cleanup_free_ char *path = text_duplicate(parsed->path);
    const char *parameters[API_PARAMETERS_MAX];
    const struct api_route *route = api_route_find(parsed->method, path, parameters, problem);
    if (!route)
        return;
    api_query_check(route->query, parsed->query, problem);
    api_fields_check(route->body, parsed->body, route->method == API_PATCH, problem);
}

static void parse(const struct verb_web_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    struct api_message parsed = {};
    struct web_credential credential = {};
    if (!web_message_parse(request, &parsed, &credential, &problem)) {
        require(problem_is_set(&problem));
        return;
    }
    require(parsed.path[0] == '/' && json_is_object(parsed.query) && json_is_object(parsed.body));
    require(credential.kind < WEB_CREDENTIAL_KIND_COUNT);
    if (credential.kind == WEB_CREDENTIAL_TOKEN)
        require(credential.token[0] && memchr(credential.token, 0, sizeof credential.token));
    check_route(&parsed, &problem);
    api_message_done(&parsed);
}

static void add_up(struct verb_web_request *request, size_t blob_size)
{
    size_t texts = (size_t)request->credential_size + request->path_size + request->query_size +
                   request->if_match_size + request->idempotency_key_size;
    request->blob_size = (uint32_t)blob_size;
    request->body_size = texts < blob_size ? (uint32_t)(blob_size - texts) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct channel_header header = {.verb = VERB_WEB_REQUEST, .request = 1};
    const char *reason = NULL;
    if (size < 1 || size - 1 > sizeof message - sizeof header)
        return 0;
    size_t whole = sizeof header + size - 1;
    /* At the end of the buffer, so that reading on is noticed. */
    uint8_t *start = message + sizeof message - (whole + 15) / 16 * 16;
    struct verb_web_request *request = (void *)(start + sizeof header);
    memcpy(start, &header, sizeof header);
    memcpy(request, data + 1, size - 1);
    if (data[0] & 1 && size - 1 >= sizeof *request)
        add_up(request, size - 1 - sizeof *request);
    if (channel_check(ROLE_WEB, start, whole, 0, &reason) == 0)
        parse(request);
    return 0;
}
