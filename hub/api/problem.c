/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"

#define TYPE_BASE "https://warren.example/problems/"

static const struct {
    int status;
    const char *title, *type;
} titles[] = {
    {400, "The request can't be read", "malformed"},
    {401, "Not signed in", "sign-in"},
    {403, "Not allowed", "forbidden"},
    {404, "Not found", "not-found"},
    {405, "Not possible here", "method"},
    {409, "It clashes with what is there", "conflict"},
    {410, "It is over", "link-expired"},
    {412, "It has changed in the meantime", "changed"},
    {413, "Too large", "too-large"},
    {422, "Something in the request is not right", "invalid"},
    {428, "A condition is missing", "condition"},
    {429, "Too much at once", "too-often"},
    {500, "The hub failed", "store"},
    {503, "Not now", "busy"},
    {507, "No room left", "disk-full"},
};

const int problem_statuses[] = {400, 401, 403, 404, 405, 409, 410, 412,
                                413, 422, 428, 429, 500, 503, 507, 0};
_Static_assert(ELEMENTS(problem_statuses) == ELEMENTS(titles) + 1, "each has a title");

const char *problem_title(int status)
{
    for (size_t i = 0; i < ELEMENTS(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Problem";
}

const char *problem_usual_type(int status)
{
    for (size_t i = 0; i < ELEMENTS(titles); i++)
        if (titles[i].status == status)
            return titles[i].type;
    return "problem";
}

void problem_done(struct problem *problem)
{
    json_decref(problem->errors);
    *problem = (struct problem){};
}

void problem_set(struct problem *problem, int status, const char *type, const char *detail, ...)
{
    va_list arguments;
    problem->status = status;
    snprintf(problem->type, sizeof problem->type, "%s", type);
    snprintf(problem->title, sizeof problem->title, "%s", problem_title(status));
    va_start(arguments, detail);
    vsnprintf(problem->detail, sizeof problem->detail, detail, arguments);
    va_end(arguments);
}

/* A text that was cut may end amid a character: jansson takes valid UTF-8 only. */
static json_t *text_to_json(const char *text)
{
    json_t *string = json_string(text);
    if (string)
        return string;
    _cleanup_free_ char *plain = strdup(text);
    if (!plain)
        abort();
    for (char *c = plain; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    return json_string(plain);
}

static void add_error(struct problem *problem, const char *field, const char *wrong,
                      const char *would)
{
    if (!problem->errors)
        problem->errors = json_array();
    json_array_append_new(problem->errors,
                          json_pack("{s:o,s:o,s:o}", "field", text_to_json(field), "wrong",
                                    text_to_json(wrong), "would",
                                    would && *would ? text_to_json(would) : json_null()));
}

/* The first complaint is the detail; more of them are counted. */
static void describe(struct problem *problem, int status, const char *type)
{
    const json_t *first = json_array_get(problem->errors, 0);
    size_t count = json_array_size(problem->errors);
    const char *field = json_string_value(json_object_get(first, "field"));
    const char *wrong = json_string_value(json_object_get(first, "wrong"));
    const char *would = json_string_value(json_object_get(first, "would"));
    char more[40] = "";
    if (count > 1)
        snprintf(more, sizeof more, " (and %zu more)", count - 1);
    problem_set(problem, status, type, "%s: %s%s%s%s%s", field ? field : "",
                wrong ? wrong : "is not right", would ? " (would do: " : "", would ? would : "",
                would ? ")" : "", more);
}

void problem_add_field(struct problem *problem, const char *field, const char *wrong,
                       const char *would)
{
    add_error(problem, field, wrong, would);
    describe(problem, 422, "invalid");
}

void problem_add_conflict(struct problem *problem, const char *field, const char *wrong,
                          const char *would)
{
    bool wrong_in_itself = problem->status == 422;
    add_error(problem, field, wrong, would);
    if (wrong_in_itself)
        describe(problem, 422, "invalid");
    else
        describe(problem, 409, "conflict");
}

bool problem_is_set(const struct problem *problem)
{
    return problem->status != 0;
}

json_t *problem_to_json(const struct problem *problem)
{
    char type[sizeof TYPE_BASE + sizeof problem->type];
    snprintf(type, sizeof type, TYPE_BASE "%s", problem->type);
    json_t *document =
        json_pack("{s:s,s:s,s:i,s:o}", "type", type, "title", problem->title, "status",
                  problem->status, "detail", text_to_json(problem->detail));
    if (document && problem->errors)
        json_object_set(document, "errors", problem->errors);
    return document;
}
