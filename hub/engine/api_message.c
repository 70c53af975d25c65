/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { METHOD_MAX = 10, PATH_MAX_BYTES = 1024, HEADER_MAX = 128 };

DEFINE_CLEANUP(json_t *, json_decref, cleanup_json)

void api_message_done(struct api_message *message)
{
    free(message->method);
    free(message->path);
    json_decref(message->query);
    json_decref(message->body);
    free(message->if_match);
    free(message->idempotency_key);
    if (message->authorization)
        explicit_bzero(message->authorization, strlen(message->authorization));
    free(message->authorization);
    *message = (struct api_message){};
}

static bool refuse(struct problem *problem, const char *what)
{
    problem_set(problem, 400, "malformed", "%s", what);
    return false;
}

static char *take_text(const json_t *value, size_t maximum)
{
    const char *text = json_string_value(value);
    if (!text || !*text || strlen(text) > maximum || !text_is_printable(text, NULL))
        return NULL;
    return text_duplicate(text);
}

/* An object; absent and null are an empty one. */
static json_t *take_object(const json_t *value)
{
    if (!value || json_is_null(value))
        return json_object();
    return json_is_object(value) ? json_incref((json_t *)value) : NULL;
}

/* Headers that are not known are left alone, as in HTTP. */
static bool take_headers(const json_t *headers, struct api_message *message,
                         struct problem *problem)
{
    const char *name;
    json_t *value;
    if (!headers || json_is_null(headers))
        return true;
    if (!json_is_object(headers))
        return refuse(problem, "\"headers\" must be an object of texts");
    json_object_foreach((json_t *)headers, name, value)
    {
        char **target = strcasecmp(name, "if-match") == 0          ? &message->if_match
                        : strcasecmp(name, "idempotency-key") == 0 ? &message->idempotency_key
                        : strcasecmp(name, "authorization") == 0   ? &message->authorization
                                                                   : NULL;
        if (!target)
            continue;
        if (*target)
            return refuse(problem, "a header is there twice");
        *target = take_text(value, HEADER_MAX);
        if (!*target)
            return refuse(problem, "a header's value must be a text of 1 to 128 bytes");
    }
    return true;
}

static bool take_parts(const json_t *root, struct api_message *message, struct problem *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)root, name, value)
    {
        static const char *const known[] = {"method", "path", "query", "headers", "body"};
        bool found = false;
        for (size_t i = 0; i < ELEMENTS(known); i++)
            found = found || text_equal(name, known[i]);
        if (!found)
            return refuse(problem, "a request has only \"method\", \"path\", \"query\", "
                                   "\"headers\" and \"body\"");
    }
    message->method = take_text(json_object_get(root, "method"), METHOD_MAX);
    if (!message->method)
        return refuse(problem, "\"method\" must be GET, POST, PATCH or DELETE");
    message->path = take_text(json_object_get(root, "path"), PATH_MAX_BYTES);
    if (!message->path)
        return refuse(problem, "\"path\" must be a text such as \"/api/v1/instances\"");
    message->query = take_object(json_object_get(root, "query"));
    if (!message->query)
        return refuse(problem, "\"query\" must be an object of texts");
    message->body = take_object(json_object_get(root, "body"));
    if (!message->body)
        return refuse(problem, "\"body\" must be an object");
    return take_headers(json_object_get(root, "headers"), message, problem);
}

bool api_request_parse(const char *line, size_t size, struct api_message *ret_message,
                       struct problem *ret_problem)
{
    struct api_message message = {};
    json_error_t error;
    _cleanup_(cleanup_json) json_t *root = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        problem_set(ret_problem, 400, "malformed", "the line is not a JSON object: %s (byte %d)",
                    error.text, error.position);
        return false;
    }
    if (!json_is_object(root))
        return refuse(ret_problem, "the line is not a JSON object");
    if (!take_parts(root, &message, ret_problem)) {
        api_message_done(&message);
        return false;
    }
    *ret_message = message;
    return true;
}
