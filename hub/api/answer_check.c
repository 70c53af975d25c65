/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hub/api/answer.h"
#include "hub/base/address.h"
#include "hub/base/text.h"

enum { PATH_MAX_BYTES = 120 };

/* Where the check is, and the first thing that was wrong. */
struct check {
    char path[PATH_MAX_BYTES];
    enum api_variant variant;
    char *wrong; /* API_ANSWER_WRONG_MAX */
};

static bool fail(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct check *check, const char *format, ...)
{
    va_list arguments;
    size_t used = (size_t)snprintf(check->wrong, API_ANSWER_WRONG_MAX,
                                   "%s: ", *check->path ? check->path : "body");
    va_start(arguments, format);
    vsnprintf(check->wrong + used, API_ANSWER_WRONG_MAX - used, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- texts ---- */

static bool is_time(const char *text)
{
    const char *form = "0000-00-00T00:00:00Z";
    for (; *form; form++, text++)
        if (*form == '0' ? !isdigit((unsigned char)*text) : *form != *text)
            return false;
    return !*text;
}

static bool is_id(const char *text)
{
    return strlen(text) == 8 && strspn(text, "abcdefghijklmnopqrstuvwxyz234567") == 8;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);
    for (const char *choice = choices; choice; choice = strchr(choice, '|')) {
        choice += *choice == '|';
        if (strcspn(choice, "|") == length && strncmp(choice, text, length) == 0)
            return true;
    }
    return false;
}

static bool text_fits(const struct api_member *member, const char *text)
{
    struct address address;
    struct prefix prefix;
    switch (member->value) {
    case VALUE_TIME:
        return is_time(text);
    case VALUE_ID:
        return is_id(text);
    case VALUE_ADDRESS:
        return address_parse(text, &address) == 0;
    case VALUE_PREFIX:
        return prefix_parse(text, &prefix) == 0;
    case VALUE_KEY:
        return strlen(text) == 44;
    case VALUE_CHOICE:
        return is_choice(member->choices, text);
    case VALUE_TEXT:
        return true;
    case VALUE_BOOL:
    case VALUE_NUMBER:
    case VALUE_ANY:
    case VALUE_OBJECT:
        break;
    }
    return false;
}

/* ---- values ---- */

static bool check_object(struct check *check, const struct api_object *object, const json_t *value);

static bool check_one(struct check *check, const struct api_member *member, const json_t *value)
{
    const char *text = json_string_value(value);
    switch (member->value) {
    case VALUE_ANY:
        return true;
    case VALUE_OBJECT:
        return check_object(check, member->object, value);
    case VALUE_BOOL:
        return json_is_boolean(value) || fail(check, "is not true or false");
    case VALUE_NUMBER:
        return (json_is_integer(value) && json_integer_value(value) >= 0) ||
               fail(check, "is not a whole number");
    case VALUE_TEXT:
    case VALUE_TIME:
    case VALUE_ID:
    case VALUE_ADDRESS:
    case VALUE_PREFIX:
    case VALUE_KEY:
    case VALUE_CHOICE:
        if (!text)
            return fail(check, "is not a text");
        return text_fits(member, text) || fail(check, "\"%.60s\" is not of its kind", text);
    }
    return false;
}

static bool check_list(struct check *check, const struct api_member *member, const json_t *list)
{
    size_t length = strlen(check->path), index;
    json_t *item;
    if (!json_is_array(list))
        return fail(check, "is not a list");
    json_array_foreach((json_t *)list, index, item)
    {
        snprintf(check->path + length, sizeof check->path - length, "[%zu]", index);
        if (!check_one(check, member, item))
            return false;
    }
    check->path[length] = 0;
    return true;
}

static bool check_map(struct check *check, const struct api_member *member, const json_t *map)
{
    size_t length = strlen(check->path);
    const char *name;
    json_t *value;
    if (!json_is_object(map))
        return fail(check, "is not an object");
    json_object_foreach((json_t *)map, name, value)
    {
        snprintf(check->path + length, sizeof check->path - length, ".%.40s", name);
        if (!check_one(check, member, value))
            return false;
    }
    check->path[length] = 0;
    return true;
}

static bool check_member(struct check *check, const struct api_member *member, const json_t *value)
{
    if (json_is_null(value) && member->value != VALUE_ANY)
        return member->flags & MEMBER_NULLABLE || fail(check, "is null");
    if (member->flags & MEMBER_LIST)
        return check_list(check, member, value);
    if (member->flags & MEMBER_MAP)
        return check_map(check, member, value);
    return check_one(check, member, value);
}

static bool is_known(const struct check *check, const struct api_object *object, const char *name)
{
    const struct api_member *member = api_member_find(object, name);
    return member && api_member_is_in(member, check->variant);
}

static bool check_object(struct check *check, const struct api_object *object, const json_t *value)
{
    size_t length = strlen(check->path);
    const char *name;
    json_t *ignored;
    if (!json_is_object(value))
        return fail(check, "is not an object");
    for (const struct api_member *member = object->members; member->name; member++) {
        const json_t *found = json_object_get(value, member->name);
        if (!api_member_is_in(member, check->variant))
            continue;
        snprintf(check->path + length, sizeof check->path - length, "%s%s", length ? "." : "",
                 member->name);
        if (!found && !(member->flags & MEMBER_OPTIONAL))
            return fail(check, "is missing");
        if (found && !check_member(check, member, found))
            return false;
    }
    check->path[length] = 0;
    json_object_foreach((json_t *)value, name, ignored)
    {
        if (!is_known(check, object, name))
            return fail(check, "has a member \"%.60s\" that no table has", name);
    }
    return true;
}

/* ---- whole answers ---- */

static bool check_page(struct check *check, const struct api_object *object, const json_t *body)
{
    const struct api_member members[] = {
        {"items", VALUE_OBJECT, MEMBER_LIST, .object = object},
        {"next", VALUE_TEXT, MEMBER_NULLABLE},
        {},
    };
    return check_object(check, &(struct api_object){.members = members}, body);
}

/* The last look at an object: its members, and "deleted". */
static bool check_deleted(struct check *check, const struct api_object *object, const json_t *body)
{
    json_t *copy = json_copy((json_t *)body);
    bool said = json_is_boolean(json_object_get(body, "deleted"));
    json_object_del(copy, "deleted");
    check->variant = VARIANT_DELETED;
    bool fits = said ? check_object(check, object, copy)
                     : fail(check, "does not say whether it is \"deleted\"");
    json_decref(copy);
    return fits;
}

static bool check_dry_run(struct check *check, const struct api_route_answer *answer,
                          const json_t *body)
{
    bool deletes = answer->shape == SHAPE_DELETED;
    const struct api_member members[] = {
        {"would", deletes ? VALUE_ANY : VALUE_OBJECT, .object = answer->object},
        {"changes", VALUE_OBJECT, MEMBER_LIST, .object = &api_object_field_change},
        {"finding", VALUE_OBJECT, MEMBER_OPTIONAL, .object = &api_object_finding},
        {},
    };
    check->variant = VARIANT_DECLARED;
    if (deletes && !json_is_null(json_object_get(body, "would")))
        return fail(check, "says what would be there after it was deleted");
    return check_object(check, &(struct api_object){.members = members}, body);
}

static bool check_shape(struct check *check, const struct api_route_answer *answer,
                        const json_t *body)
{
    switch (answer->shape) {
    case SHAPE_OBJECT:
        return check_object(check, answer->object, body);
    case SHAPE_LIST:
    case SHAPE_STREAM:
        return check_page(check, answer->object, body);
    case SHAPE_DELETED:
        return check_deleted(check, answer->object, body);
    case SHAPE_FREE:
        return json_is_object(body) || fail(check, "is not an object");
    case SHAPE_RAW:
        return fail(check, "is JSON");
    }
    return false;
}

bool api_answer_check(const struct api_route *route, bool dry_run, int status, const json_t *body,
                      char ret_wrong[static API_ANSWER_WRONG_MAX])
{
    struct check check = {.wrong = ret_wrong};
    if (status >= 400)
        return check_object(&check, &api_object_problem, body);
    if (!route)
        return fail(&check, "status %d of no route", status);
    const struct api_route_answer *answer = &api_route_answers[route->id];
    if (dry_run && route->changes)
        return status == 200 ? check_dry_run(&check, answer, body)
                             : fail(&check, "status %d of a dry run", status);
    if (status != api_answer_status(answer) && status != answer->late_status)
        return fail(&check, "status %d is none of the route's", status);
    return check_shape(&check, answer, body);
}

bool api_event_check(const json_t *event, char ret_wrong[static API_ANSWER_WRONG_MAX])
{
    struct check check = {.wrong = ret_wrong};
    return check_object(&check, &api_object_event, event);
}
