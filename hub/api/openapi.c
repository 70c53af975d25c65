/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "hub/api/openapi_schema.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define BASE "/api/v1"
#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"
#define STREAM_TYPE "text/event-stream"

static const char about[] =
    "Everything that Warren does, over HTTPS and over the hub's own socket. Times are RFC 3339 in "
    "UTC; a value that is absent is null; ids are eight letters and digits, and where a path takes "
    "one, the object's name will do. An error is a problem document (RFC 9457), which says of each "
    "field what is wrong and, where there is one, what would do. A list comes in pages: `next` is "
    "the `cursor` of the next one, null after the last. A change with `dry_run=1` says what it "
    "would change and changes nothing; with `Idempotency-Key` it is done once, however often it is "
    "sent within 24 hours; with `If-Match` it is done only if the object's ETag is still that one.";

const struct api_word api_nouns[] = {
    {"status", "The hub itself: its processes, their sandboxes, its database."},
    {"settings", "The settings of the configuration file."},
    {"api", "This document."},
    {"tls", "The certificate that the web shows itself with."},
    {"instance", "An instance is a VPN of one tenant, apart from every other."},
    {"peer", "A peer is a member of one instance: a client (one person's device) or a site (a "
             "router and the networks behind it)."},
    {"profile", "A profile is what a peer's device needs: a file, or a QR code of it."},
    {"firewall", "The ordered rules of an instance, and what they would do."},
    {"firewall check", "What is expected of an instance's firewall."},
    {"user", "A user is a person whose peers there are, of any instance."},
    {"link", "A one-time link gives a person without an account a peer's profile."},
    {"traffic", "How much traffic there was, from minutes to two years."},
    {"attention", "What needs somebody's attention."},
    {"explain", "Why something can be reached, or can't."},
    {"update", "The box's system: which slot runs, and its update."},
    {"events", "What happens, as it happens."},
    {"audit", "Who changed what, chained by hashes."},
    {"setup", "The first owner, who is made with a link that the hub itself shows."},
    {"session", "An admin who is signed in; also: who asks."},
    {"session passkey", "Signing in with a passkey."},
    {"admin", "An admin is a person who runs the hub, with a role."},
    {"admin totp", "An admin's authenticator app."},
    {"admin passkey", "An admin's passkeys."},
    {"token", "A token is what a program shows to use the API."},
    {"backup", "A backup is all of the hub in one encrypted file."},
    {"backup key", "The passphrase of the backups that the hub makes itself."},
    {"box", "The box is the machine that the hub runs on, where it is Warren's own image."},
    {0}};

const struct api_word api_path_words[] = {
    {"instance", "the instance: its id or its name"},
    {"peer", "the peer: its id or its name"},
    {"rule", "the rule: its id, or its position at the moment"},
    {"check", "the check: its id"},
    {"session", "the session: its id"},
    {"admin", "the admin: its id or its name, or \"me\""},
    {"passkey", "the passkey: its id"},
    {"token", "the token: its id, or the name of one of the asker's own"},
    {"backup", "the backup: its id"},
    {"user", "the user: its id or its name"},
    {"link", "the one-time link: its id"},
    {"challenge", "the authority's token"},
    {"file", "the token, a dot, and ovpn, conf or rsc"},
    {0}};

/* A new string with a capital letter first. */
static char *sentence(const char *text)
{
    char *copy = text_duplicate(text);
    *copy = (char)toupper((unsigned char)*copy);
    return copy;
}

static const char *word_help(const struct api_word *words, const char *word, size_t length)
{
    for (; words->word; words++)
        if (strlen(words->word) == length && strncmp(words->word, word, length) == 0)
            return words->help;
    return "";
}

/* "firewall check", "add" -> "firewallCheckAdd" */
static void operation_id(const struct api_route *route, char *text, size_t size)
{
    char words[80];
    size_t used = 0;
    bool starts = false;
    snprintf(words, sizeof words, "%s %s", route->noun, route->verb ? route->verb : "");
    for (const char *c = words; *c && used + 1 < size; c++) {
        if (!isalnum((unsigned char)*c)) {
            starts = true;
            continue;
        }
        text[used++] = starts ? (char)toupper((unsigned char)*c) : *c;
        starts = false;
    }
    text[used] = 0;
}

/* ---- parameters ---- */

static json_t *parameter_ref(const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/parameters/%s", name));
}

static json_t *header_parameter(const char *name, const char *help, const char *example)
{
    return json_pack("{s:s,s:s,s:s,s:{s:s,s:i,s:i},s:s}", "name", name, "in", "header",
                     "description", help, "schema", "type", "string", "minLength", 1, "maxLength",
                     128, "example", example);
}

static json_t *shared_parameters(void)
{
    json_t *parameters = json_object();
    for (const struct api_word *word = api_path_words; word->word; word++)
        json_object_set_new(parameters, word->word,
                            json_pack("{s:s,s:s,s:b,s:s,s:{s:s,s:i}}", "name", word->word, "in",
                                      "path", "required", 1, "description", word->help, "schema",
                                      "type", "string", "minLength", 1));
    json_object_set_new(parameters, "dry_run",
                        json_pack("{s:s,s:s,s:s,s:{s:s}}", "name", "dry_run", "in", "query",
                                  "description", "only say what would be changed", "schema", "type",
                                  "boolean"));
    json_object_set_new(parameters, "if_match",
                        header_parameter("If-Match",
                                         "the ETag that the object must still have; * = any",
                                         "\"r7\""));
    json_object_set_new(
        parameters, "idempotency_key",
        header_parameter("Idempotency-Key",
                         "the same request with the same key is done once in 24 hours, and "
                         "answered the same each time",
                         "5f0c1d1e-1c5b-4f57-9d53-5c0e5a0c2c11"));
    return parameters;
}

static void add_path_parameters(const struct api_route *route, json_t *list)
{
    for (const char *brace = route->path; (brace = strchr(brace, '{')); brace++) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(brace + 1, "}"), brace + 1);
        json_array_append_new(list, parameter_ref(name));
    }
}

static json_t *query_parameter(const struct api_field *field, json_t *examples)
{
    json_t *schema = openapi_field_schema(field);
    json_t *parameter =
        json_pack("{s:s,s:s,s:s,s:b,s:O}", "name", field->name, "in", "query", "description",
                  field->help, "required", (field->flags & API_REQUIRED) != 0, "schema", schema);
    json_t *example = json_object_get(examples, field->name);
    json_object_del(schema, "description");
    json_decref(schema);
    if (field->flags & API_LIST) { /* a,b */
        json_object_set_new(parameter, "style", json_string("form"));
        json_object_set_new(parameter, "explode", json_false());
    }
    if (example)
        json_object_set(parameter, "example", example);
    return parameter;
}

static json_t *route_parameters(const struct api_route *route,
                                const struct api_route_answer *answer)
{
    json_t *list = json_array();
    json_t *examples = answer->query ? json_loads(answer->query, 0, NULL) : json_object();
    add_path_parameters(route, list);
    for (const struct api_field *field = route->query; field && field->name; field++)
        if (!text_equal(field->name, "dry_run"))
            json_array_append_new(list, query_parameter(field, examples));
    json_decref(examples);
    if (route->changes) {
        json_array_append_new(list, parameter_ref("dry_run"));
        if (!route->secret)
            json_array_append_new(list, parameter_ref("idempotency_key"));
    }
    if (api_route_takes_if_match(route))
        json_array_append_new(list, parameter_ref("if_match"));
    return list;
}

/* ---- bodies ---- */

static json_t *request_body(const struct api_route *route, const struct api_route_answer *answer,
                            const char *id, json_t *schemas)
{
    char name[100];
    bool partial = route->method == API_PATCH, required = partial;
    for (const struct api_field *field = route->body; field->name; field++)
        required |= (field->flags & API_REQUIRED) != 0;
    snprintf(name, sizeof name, "%c%sRequest", toupper((unsigned char)*id), id + 1);
    json_object_set_new(schemas, name, openapi_fields_schema(route->body, partial));
    return json_pack("{s:b,s:{s:{s:o,s:o}}}", "required", required, "content", JSON_TYPE, "schema",
                     openapi_ref(name), "example", json_loads(answer->body, 0, NULL));
}

/* ---- answers ---- */

static json_t *page_of(json_t *item)
{
    return json_pack("{s:s,s:{s:{s:s,s:o},s:{s:[s,s],s:s}},s:[s,s]}", "type", "object",
                     "properties", "items", "type", "array", "items", item, "next", "type",
                     "string", "null", "description", "the cursor of the next page; null: the last",
                     "required", "items", "next");
}

static json_t *page_example(const struct api_object *object)
{
    return json_pack("{s:[o],s:n}", "items", api_object_example(object, VARIANT_WHOLE), "next");
}

static json_t *page_ref(const struct api_object *object, json_t *schemas)
{
    char name[80];
    json_t *item = openapi_object_ref(object, VARIANT_WHOLE, schemas);
    snprintf(name, sizeof name, "%sList", object->name);
    json_object_set_new(schemas, name, page_of(item));
    return openapi_ref(name);
}

static json_t *dry_run_of(json_t *would, json_t *change, json_t *finding)
{
    return json_pack("{s:s,s:s,s:{s:o,s:{s:s,s:o},s:o},s:[s,s]}", "type", "object", "description",
                     "what a change would do; nothing is changed; `finding` where a flow was to be "
                     "tried with it",
                     "properties", "would", would, "changes", "type", "array", "items", change,
                     "finding", finding, "required", "would", "changes");
}

static json_t *dry_run_ref(const struct api_route_answer *answer, json_t *schemas)
{
    char name[80] = "DeletionDryRun";
    bool deletes = answer->shape == SHAPE_DELETED;
    if (!deletes)
        snprintf(name, sizeof name, "%sDryRun", answer->object->name);
    json_t *would = deletes ? json_pack("{s:s}", "type", "null")
                            : openapi_object_ref(answer->object, VARIANT_DECLARED, schemas);
    json_t *change = openapi_object_ref(&api_object_field_change, VARIANT_WHOLE, schemas);
    json_t *finding = openapi_object_ref(&api_object_finding, VARIANT_WHOLE, schemas);
    json_object_set_new(schemas, name, dry_run_of(would, change, finding));
    return openapi_ref(name);
}

static json_t *dry_run_example(const struct api_route_answer *answer)
{
    bool deletes = answer->shape == SHAPE_DELETED;
    json_t *would = deletes ? json_null() : api_object_example(answer->object, VARIANT_DECLARED);
    json_t *change = api_object_example(&api_object_field_change, VARIANT_WHOLE);
    if (deletes)
        json_object_set_new(change, "after", json_null());
    return json_pack("{s:o,s:[o]}", "would", would, "changes", change);
}

static json_t *answer_schema(const struct api_route_answer *answer, json_t *schemas)
{
    switch (answer->shape) {
    case SHAPE_OBJECT:
        return openapi_object_ref(answer->object, VARIANT_WHOLE, schemas);
    case SHAPE_LIST:
    case SHAPE_STREAM:
        return page_ref(answer->object, schemas);
    case SHAPE_DELETED:
        return openapi_object_ref(answer->object, VARIANT_DELETED, schemas);
    case SHAPE_FREE:
    case SHAPE_RAW:
        break;
    }
    return json_pack("{s:s}", "type", "object");
}

static json_t *answer_example(const struct api_route_answer *answer)
{
    switch (answer->shape) {
    case SHAPE_OBJECT:
        return api_object_example(answer->object, VARIANT_WHOLE);
    case SHAPE_LIST:
    case SHAPE_STREAM:
        return page_example(answer->object);
    case SHAPE_DELETED:
        return api_object_example(answer->object, VARIANT_DELETED);
    case SHAPE_FREE:
    case SHAPE_RAW:
        break;
    }
    return json_pack("{s:s}", "openapi", "3.1.0");
}

static json_t *json_content(json_t *schema, json_t *example)
{
    return json_pack("{s:{s:o,s:o}}", JSON_TYPE, "schema", schema, "example", example);
}

/* Of a change that answers the same status when it is done and when it was only asked what it would
 * do. */
static json_t *either_content(json_t *done, json_t *done_example, json_t *dry, json_t *dry_example)
{
    return json_pack("{s:{s:{s:[o,o]},s:{s:{s:s,s:o},s:{s:s,s:o}}}}", JSON_TYPE, "schema", "oneOf",
                     done, dry, "examples", "done", "summary", "it is done", "value", done_example,
                     "dry_run", "summary", "with dry_run=1", "value", dry_example);
}

static void add_stream(const struct api_route_answer *answer, json_t *content)
{
    json_t *event = api_object_example(answer->object, VARIANT_WHOLE);
    _cleanup_free_ char *data = json_dumps(event, JSON_COMPACT);
    json_t *example = json_sprintf("id: %" JSON_INTEGER_FORMAT "\ndata: %s\n\n",
                                   json_integer_value(json_object_get(event, "id")), data);
    json_object_set_new(content, STREAM_TYPE,
                        json_pack("{s:{s:s,s:o},s:o}", "schema", "type", "string", "description",
                                  json_sprintf("server-sent events; the data of each is the JSON "
                                               "of one %s, its id that one's id",
                                               answer->object->name),
                                  "example", example));
    json_decref(event);
}

static json_t *raw_content(const struct api_route_answer *answer)
{
    return json_pack("{s:{s:{s:s,s:s},s:s}}", answer->media_type, "schema", "type", "string",
                     "format", "binary", "example", "the file's bytes");
}

static json_t *headers_json(bool etag, bool replayed)
{
    json_t *headers = json_object();
    if (etag)
        json_object_set_new(headers, "ETag",
                            json_pack("{s:s}", "$ref", "#/components/headers/etag"));
    if (replayed)
        json_object_set_new(headers, "Idempotency-Replayed",
                            json_pack("{s:s}", "$ref", "#/components/headers/replayed"));
    return headers;
}

static void add_success(json_t *responses, int status, const char *description, json_t *content,
                        json_t *headers)
{
    char number[8];
    json_t *response = json_pack("{s:s,s:o}", "description", description, "content", content);
    if (json_object_size(headers) > 0)
        json_object_set(response, "headers", headers);
    json_decref(headers);
    snprintf(number, sizeof number, "%d", status);
    json_object_set_new(responses, number, response);
}

static void add_successes(const struct api_route *route, const struct api_route_answer *answer,
                          json_t *responses, json_t *schemas)
{
    int status = api_answer_status(answer);
    if (answer->shape == SHAPE_RAW) {
        add_success(responses, status, "the bytes", raw_content(answer), json_object());
        return;
    }
    bool etag = answer->object && answer->object->versioned && answer->shape == SHAPE_OBJECT;
    json_t *done = answer_schema(answer, schemas), *example = answer_example(answer);
    if (answer->late_status)
        add_success(responses, answer->late_status, "it is on its way",
                    json_content(json_incref(done), json_incref(example)),
                    headers_json(false, true));
    if (!route->changes) {
        json_t *content = json_content(done, example);
        if (answer->shape == SHAPE_STREAM)
            add_stream(answer, content);
        add_success(responses, status, "as asked for", content, headers_json(etag, false));
        return;
    }
    json_t *dry = dry_run_ref(answer, schemas), *dry_example = dry_run_example(answer);
    if (status == 200) {
        add_success(responses, status, "it is done, or what it would do",
                    either_content(done, example, dry, dry_example), headers_json(etag, true));
        return;
    }
    add_success(responses, 200, "what it would do, with dry_run=1", json_content(dry, dry_example),
                json_object());
    add_success(responses, status, "it is done", json_content(done, example),
                headers_json(etag, true));
}

/* Which problems a route may answer with, beside those that any may. */
static bool may_answer(const struct api_route *route, int status)
{
    bool link = route->id == ROUTE_LINK_OPEN || route->id == ROUTE_LINK_FILE;
    switch (status) {
    case 404:
        return link || strchr(route->path, '{') != NULL;
    case 410:
        return link;
    case 409:
    case 507:
        return link || route->changes || route->browser || route->id == ROUTE_PROFILE_GET;
    case 412:
        return api_route_takes_if_match(route);
    case 405: /* of a path, not of an operation */
    case 428:
        return false;
    }
    return true;
}

static json_t *route_responses(const struct api_route *route, const struct api_route_answer *answer,
                               json_t *schemas)
{
    json_t *responses = json_object();
    add_successes(route, answer, responses, schemas);
    for (const int *status = problem_statuses; *status; status++) {
        char number[8];
        if (!may_answer(route, *status))
            continue;
        snprintf(number, sizeof number, "%d", *status);
        json_object_set_new(
            responses, number,
            json_pack("{s:o}", "$ref", json_sprintf("#/components/responses/problem_%d", *status)));
    }
    return responses;
}

static json_t *problem_response(int status)
{
    json_t *example = api_object_example(&api_object_problem, VARIANT_WHOLE);
    if (status != 422) {
        _cleanup_problem_ struct problem problem = {};
        problem_set(&problem, status, problem_usual_type(status), "%s", problem_title(status));
        json_decref(example);
        example = problem_to_json(&problem);
    }
    return json_pack("{s:s,s:{s:{s:o,s:o}}}", "description", problem_title(status), "content",
                     PROBLEM_TYPE, "schema", openapi_ref("Problem"), "example", example);
}

static json_t *shared_responses(void)
{
    json_t *responses = json_object();
    for (const int *status = problem_statuses; *status; status++) {
        char name[24];
        snprintf(name, sizeof name, "problem_%d", *status);
        json_object_set_new(responses, name, problem_response(*status));
    }
    return responses;
}

/* ---- operations ---- */

/* "Needs the role `operator`" */
static json_t *need_of(const struct api_route *route)
{
    static const char *const roles[] = {
        [API_AUDITOR] = "auditor", [API_OPERATOR] = "operator", [API_OWNER] = "owner"};
    if (route->access == API_ACCESS_PUBLIC)
        return json_string("Needs no credential");
    return json_sprintf("Needs the role `%s`", roles[route->role]);
}

static json_t *description_of(const struct api_route *route, const struct api_route_answer *answer)
{
    _cleanup_free_ char *help = sentence(route->help);
    json_t *need = need_of(route);
    _cleanup_free_ char *words =
        route->browser ? text_duplicate("")
                       : text_format("; on the command line: `warren %s%s%s`", route->noun,
                                     route->verb ? " " : "", route->verb ? route->verb : "");
    json_t *text = json_sprintf("%s. %s%s%s.%s%s", help, json_string_value(need),
                                route->fresh ? ", signed in a short while ago" : "", words,
                                answer->description ? " " : "",
                                answer->description ? answer->description : "");
    json_decref(need);
    return text;
}

static json_t *operation(const struct api_route *route, json_t *schemas)
{
    const struct api_route_answer *answer = &api_route_answers[route->id];
    _cleanup_free_ char *summary = sentence(route->help);
    char id[80];
    operation_id(route, id, sizeof id);
    json_t *object = json_pack("{s:s,s:[s],s:s,s:o}", "operationId", id, "tags", route->noun,
                               "summary", summary, "description", description_of(route, answer));
    json_t *parameters = route_parameters(route, answer);
    if (json_array_size(parameters))
        json_object_set(object, "parameters", parameters);
    json_decref(parameters);
    if (route->access == API_ACCESS_PUBLIC)
        json_object_set_new(object, "security", json_array());
    if (route->body)
        json_object_set_new(object, "requestBody", request_body(route, answer, id, schemas));
    json_object_set_new(object, "responses", route_responses(route, answer, schemas));
    return object;
}

static json_t *paths(json_t *schemas)
{
    static const char *const methods[] = {
        [API_GET] = "get", [API_POST] = "post", [API_PATCH] = "patch", [API_DELETE] = "delete"};
    json_t *all = json_object();
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        bool below = text_starts_with(route->path, BASE "/");
        const char *path = route->path + (below ? sizeof BASE - 1 : 0);
        if (!json_object_get(all, path))
            json_object_set_new(
                all, path, below ? json_object() : json_pack("{s:[{s:s}]}", "servers", "url", "/"));
        json_object_set_new(json_object_get(all, path), methods[route->method],
                            operation(route, schemas));
    }
    return all;
}

/* ---- the whole ---- */

/* Those that routes have, in the table's order. */
static json_t *tags(void)
{
    json_t *list = json_array();
    for (const struct api_word *noun = api_nouns; noun->word; noun++)
        json_array_append_new(list,
                              json_pack("{s:s,s:s}", "name", noun->word, "description",
                                        word_help(api_nouns, noun->word, strlen(noun->word))));
    return list;
}

static json_t *security_schemes(void)
{
    return json_pack(
        "{s:{s:s,s:s,s:s,s:s},s:{s:s,s:s,s:s}}", "session", "type", "apiKey", "in", "cookie",
        "name", "__Host-warren", "description",
        "the cookie of a session, as the UI has it; a change needs the same origin and "
        "a body of type application/json",
        "token", "type", "http", "scheme", "bearer", "description", "an API token: wrn_...");
}

static json_t *shared_headers(void)
{
    return json_pack("{s:{s:s,s:{s:s},s:s},s:{s:s,s:{s:s,s:[s]},s:s}}", "etag", "description",
                     "the object's version, for If-Match", "schema", "type", "string", "example",
                     "\"r7\"", "replayed", "description",
                     "the answer that was given to this Idempotency-Key before", "schema", "type",
                     "string", "enum", "true", "example", "true");
}

static json_t *components(json_t *schemas)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "schemas", schemas, "parameters", shared_parameters(),
                     "responses", shared_responses(), "headers", shared_headers(),
                     "securitySchemes", security_schemes());
}

json_t *api_openapi_document(void)
{
    json_t *schemas = json_object();
    json_decref(openapi_object_ref(&api_object_problem, VARIANT_WHOLE, schemas));
    json_t *all = paths(schemas);
    return json_pack(
        "{s:s,s:{s:s,s:s,s:s,s:{s:s,s:s}},s:[{s:s,s:s}],s:[{s:[]},{s:[]}],s:o,s:o,s:o}", "openapi",
        "3.1.0", "info", "title", "Warren", "version", WARREN_VERSION, "description", about,
        "license", "name", "GPL-2.0-or-later", "identifier", "GPL-2.0-or-later", "servers", "url",
        BASE, "description", "the hub that this document was asked of", "security", "session",
        "token", "tags", tags(), "paths", all, "components", components(schemas));
}
