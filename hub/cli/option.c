/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/option.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/nearest.h"
#include "hub/base/text.h"
#include "hub/cli/list_edit.h"
#include "hub/cli/request.h"

/* The index of `name` among words parted by '|', -1 when it is not there. */
static int word_index(const char *words, const char *name, size_t length)
{
    for (int index = 0; words; index++) {
        size_t word = strcspn(words, "|");

        if (word == length && strncmp(words, name, length) == 0)
            return index;
        words = words[word] ? words + word + 1 : NULL;
    }
    return -1;
}

static void word_copy(const char *words, int index, char *text, size_t size)
{
    while (index-- > 0)
        words += strcspn(words, "|") + 1;
    snprintf(text, size, "%.*s", (int)strcspn(words, "|"), words);
}

static bool match_field(const struct api_field *field, const char *name, size_t length,
                        struct option_match *match)
{
    bool negative = field->kind == API_BOOL && length > 5 && strncmp(name, "--no-", 5) == 0;
    int index;

    if (!field->option || *field->option != '-')
        return false;
    *match = (struct option_match){.field = field};
    snprintf(match->name, sizeof(match->name), "%.*s", (int)length, name);
    if (negative && strlen(field->option) == length - 3 &&
        strncmp(field->option + 2, name + 5, length - 5) == 0) {
        match->negated = true;
        match->value = "no";
        return true;
    }
    index = word_index(field->option, name, length);
    if (index < 0)
        return false;
    if (strchr(field->option, '|')) {
        word_copy(field->choices, index, match->choice, sizeof(match->choice));
        match->value = match->choice;
    } else if (field->kind == API_BOOL) {
        match->value = "yes";
    }
    return true;
}

static const struct {
    const char *start;
    enum option_edit edit;
} edits[] = {{"--add-", OPTION_ADD}, {"--remove-", OPTION_REMOVE}};

/* "--add-subnet" of "--subnet" */
static bool find_edit(const struct api_route *route, const char *name, size_t length,
                      struct option_match *ret_match)
{
    char plain[48];

    for (size_t i = 0; i < ELEMENTS(edits); i++) {
        size_t start = strlen(edits[i].start);
        if (length <= start || strncmp(name, edits[i].start, start) != 0)
            continue;
        int size = snprintf(plain, sizeof(plain), "--%.*s", (int)(length - start), name + start);
        for (const struct api_field *field = route->body; field && field->name; field++) {
            if (!list_edit_applies(route, field) ||
                !match_field(field, plain, (size_t)size, ret_match))
                continue;
            ret_match->edit = edits[i].edit;
            snprintf(ret_match->name, sizeof(ret_match->name), "%.*s", (int)length, name);
            return true;
        }
    }
    return false;
}

static bool find_in(const struct api_field *fields, const char *name, size_t length,
                    struct option_match *ret_match)
{
    for (const struct api_field *field = fields; field && field->name; field++)
        if (match_field(field, name, length, ret_match))
            return true;
    return false;
}

bool option_find(const struct api_route *route, const char *name, size_t length,
                 struct option_match *ret_match)
{
    bool found;

    if (length >= sizeof(ret_match->name))
        return false;
    found =
        find_in(route->body, name, length, ret_match) || find_edit(route, name, length, ret_match);
    if (!found) {
        found = find_in(route->query, name, length, ret_match);
        ret_match->in_query = found;
    }
    return found;
}

struct nearness {
    char word[NEAREST_WORD_MAX + 1];
    char best[48];
    size_t distance;
};

/* Each of "--client|--site" by itself. */
static void consider(struct nearness *nearness, const char *options)
{
    while (options) {
        const char *next = strchr(options, '|');
        char option[48];
        size_t distance;

        word_copy(options, 0, option, sizeof(option));
        distance = nearest_distance(nearness->word, option);
        if (distance < nearness->distance) {
            memcpy(nearness->best, option, sizeof(option));
            nearness->distance = distance;
        }
        options = next ? next + 1 : NULL;
    }
}

static void consider_edits(struct nearness *nearness, const struct api_field *field)
{
    for (size_t i = 0; i < ELEMENTS(edits); i++) {
        char option[48];

        snprintf(option, sizeof(option), "%s%s", edits[i].start, field->option + 2);
        consider(nearness, option);
    }
}

static void consider_fields(struct nearness *nearness, const struct api_route *route,
                            const struct api_field *fields)
{
    for (const struct api_field *field = fields; field && field->name; field++) {
        if (!field->option || *field->option != '-')
            continue;
        consider(nearness, field->option);
        if (fields == route->body && list_edit_applies(route, field))
            consider_edits(nearness, field);
    }
}

bool option_nearest(const struct api_route *route, const char *name, size_t length,
                    char ret_option[static 48])
{
    struct nearness nearness = {.distance = SIZE_MAX};

    snprintf(nearness.word, sizeof(nearness.word), "%.*s", (int)(length > 100 ? 100 : length),
             name);
    consider_fields(&nearness, route, route->body);
    consider_fields(&nearness, route, route->query);
    for (const struct local_option *option = local_options; option->option; option++)
        if (local_option_applies(option, route))
            consider(&nearness, option->option);
    for (const struct global_option *option = global_options; option->option; option++)
        consider(&nearness, option->option);
    if (!nearest_is_near(nearness.word, nearness.distance))
        return false;
    memcpy(ret_option, nearness.best, sizeof(nearness.best));
    return true;
}

/* ---- values ---- */

static int parse_bool(const char *value, bool *ret_value)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};

    for (size_t i = 0; i < ELEMENTS(words); i++)
        for (int truth = 0; truth < 2; truth++)
            if (text_equal(value, words[i][truth])) {
                *ret_value = truth;
                return 0;
            }
    return -EINVAL;
}

static json_t *value_of_number(const char *value)
{
    long long number;
    char *end;

    errno = 0;
    number = strtoll(value, &end, 10);
    return errno || end == value || *end ? NULL : json_integer(number);
}

static json_t *value_of(const struct option_match *match, const char *value, char *error)
{
    json_t *made = NULL;
    bool truth;

    switch (match->field->kind) {
    case API_BOOL:
        if (parse_bool(value, &truth) == 0)
            made = json_boolean(truth);
        else
            snprintf(error, CLI_ERROR_MAX, "%s: \"%.60s\" is not right: yes or no would do",
                     match->name, value);
        return made;
    case API_NUMBER:
        made = value_of_number(value);
        if (!made)
            snprintf(error, CLI_ERROR_MAX, "%s: \"%.60s\" is not a whole number", match->name,
                     value);
        return made;
    case API_TEXT:
    case API_DURATION:
    case API_ADDRESS:
    case API_PREFIX:
    case API_SUBNET:
    case API_KEY:
    case API_NAMED_ADDRESS:
    case API_CHOICE:
        return json_string(value);
    case API_TEXTS: /* words, never an option */
        return NULL;
    }
    return NULL;
}

static int complain_mixed(const struct option_match *match, const char *value, char *error)
{
    snprintf(error, CLI_ERROR_MAX, "%s: \"%.60s\" can't go with other values", match->name, value);
    return -EINVAL;
}

/* "none" is the empty list, the null word takes the value away; both stand alone. */
static int set_list(const struct option_match *match, const char *value, json_t *target,
                    char *error)
{
    const struct api_field *field = match->field;
    json_t *list = json_object_get(target, field->name), *made;
    bool empty = text_equal(value, field->empty_word ? field->empty_word : "none");
    bool null = field->null_word && text_equal(value, field->null_word);

    if (list && (empty || null || json_is_null(list) || json_array_size(list) == 0))
        return complain_mixed(match, value, error);
    if (empty || null) {
        json_object_set_new(target, field->name, null ? json_null() : json_array());
        return 0;
    }
    made = value_of(match, value, error);
    if (!made)
        return -EINVAL;
    if (!list) {
        list = json_array();
        json_object_set_new(target, field->name, list);
    }
    json_array_append_new(list, made);
    return 0;
}

static int set_query(const struct option_match *match, const char *value, json_t *target,
                     char *error)
{
    const char *name = match->field->name;
    const char *before = json_string_value(json_object_get(target, name));
    json_t *checked;

    if (match->field->flags & API_LIST && before) {
        json_object_set_new(target, name, json_sprintf("%s,%s", before, value));
        return 0;
    }
    checked = value_of(match, value, error);
    if (!checked)
        return -EINVAL;
    json_decref(checked);
    json_object_set_new(target, name, json_string(value));
    return 0;
}

static int set_body(const struct option_match *match, const char *value, json_t *target,
                    char *error)
{
    const struct api_field *field = match->field;
    bool null = field->null_word && text_equal(value, field->null_word);
    json_t *made;

    if (field->flags & API_LIST)
        return set_list(match, value, target, error);
    made = null ? json_null() : value_of(match, value, error);
    if (!made)
        return -EINVAL;
    json_object_set_new(target, field->name, made);
    return 0;
}

int option_set(const struct option_match *match, const char *value, json_t *target,
               char error[static CLI_ERROR_MAX])
{
    const struct api_field *field = match->field;

    if (!text_is_printable(value, NULL)) {
        snprintf(error, CLI_ERROR_MAX, "%s must be printable text in UTF-8", match->name);
        return -EINVAL;
    }
    if (!(field->flags & API_LIST) && json_object_get(target, field->name)) {
        if (strchr(field->option, '|'))
            snprintf(error, CLI_ERROR_MAX, "only one of %s is possible", field->option);
        else
            snprintf(error, CLI_ERROR_MAX, "%s is given twice", match->name);
        return -EINVAL;
    }
    return match->in_query ? set_query(match, value, target, error)
                           : set_body(match, value, target, error);
}

static const struct api_field *field_in(const struct api_field *fields, const char *name)
{
    size_t length = strcspn(name, "[");

    for (const struct api_field *field = fields; field && field->name; field++)
        if (strlen(field->name) == length && strncmp(field->name, name, length) == 0)
            return field;
    return NULL;
}

const struct api_field *option_field(const struct api_route *route, const char *name)
{
    const struct api_field *field = field_in(route->body, name);

    return field ? field : field_in(route->query, name);
}
