/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/web_message.h"

#include <string.h>

#include "hub/base/text.h"

static bool refuse(struct problem *problem, const char *what)
{
    problem_set(problem, 400, "malformed", "%s", what);
    return false;
}

static const char *const methods[WEB_METHOD_COUNT] = {
    [WEB_GET] = "GET", [WEB_POST] = "POST", [WEB_PATCH] = "PATCH", [WEB_DELETE] = "DELETE"};

static char *take_text(const char *text, size_t size)
{
    return size && *text && text_is_printable(text, NULL) ? text_duplicate(text) : NULL;
}

static bool take_query(const char *bytes, size_t size, struct api_message *message,
                       struct problem *problem)
{
    message->query = json_object();
    for (const char *name = bytes; name < bytes + size;) {
        const char *value = name + strlen(name) + 1;
        if (json_object_get(message->query, name))
            return refuse(problem, "a name is in the query twice");
        if (json_object_set_new(message->query, name, json_string(value)) < 0)
            return refuse(problem, "the query is no UTF-8");
        name = value + strlen(value) + 1;
    }
    return true;
}

static bool take_body(const char *bytes, size_t size, struct api_message *message,
                      struct problem *problem)
{
    json_error_t error;
    message->body = size ? json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error) : json_object();
    if (!message->body) {
        problem_set(problem, 400, "malformed", "the body is not a JSON object: %s (byte %d)",
                    error.text, error.position);
        return false;
    }
    return json_is_object(message->body) || refuse(problem, "the body is not a JSON object");
}

static bool take_parts(const struct verb_web_request *request, struct api_message *message,
                       struct problem *problem)
{
    const char *path = (const char *)request->blob + request->credential_size;
    const char *query = path + request->path_size;
    const char *if_match = query + request->query_size;
    const char *key = if_match + request->if_match_size;
    message->method = text_duplicate(methods[request->method]);
    message->path = take_text(path, request->path_size);
    if (!message->path)
        return refuse(problem, "the path is no text");
    message->if_match = take_text(if_match, request->if_match_size);
    message->idempotency_key = take_text(key, request->idempotency_key_size);
    if ((request->if_match_size && !message->if_match) ||
        (request->idempotency_key_size && !message->idempotency_key))
        return refuse(problem, "a header's value must be a text of 1 to 128 bytes");
    return take_query(query, request->query_size, message, problem) &&
           take_body(key + request->idempotency_key_size, request->body_size, message, problem);
}

static void take_credential(const struct verb_web_request *request,
                            struct web_credential *credential)
{
    *credential = (struct web_credential){.kind = (enum web_credential_kind)request->credential};
    if (credential->kind == WEB_CREDENTIAL_SESSION)
        memcpy(credential->session, request->blob, sizeof credential->session);
    else if (credential->kind == WEB_CREDENTIAL_TOKEN)
        text_copy_cut(credential->token, sizeof credential->token, (const char *)request->blob);
}

bool web_message_parse(const struct verb_web_request *request, struct api_message *ret_message,
                       struct web_credential *ret_credential, struct problem *ret_problem)
{
    struct api_message message = {};
    if (!take_parts(request, &message, ret_problem)) {
        api_message_done(&message);
        return false;
    }
    take_credential(request, ret_credential);
    *ret_message = message;
    return true;
}
