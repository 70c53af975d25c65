/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/api/route.h"
#include "hub/base/address.h"
#include "hub/base/cleanup.h"
#include "hub/base/dns_name.h"
#include "hub/base/nearest.h"
#include "hub/base/text.h"
#include "peers/subnet.h"

enum {
    VALUE_TEXT_MAX = 256, /* of an item in a list, and of what is parsed */
    FIELD_PATH_MAX = 100, /* "pushed_routes[63]" */
    SHOWN_MAX = 60,       /* of a wrong value that is repeated in the complaint */
};

/* What is wrong with one value; `wrong` empty = nothing. */
struct verdict {
    char wrong[200];
    char would[100];
};

static void verdict_say(struct verdict *verdict, const char *wrong, const char *would)
{
    snprintf(verdict->wrong, sizeof verdict->wrong, "%s", wrong);
    snprintf(verdict->would, sizeof verdict->would, "%s", would);
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static const char *kind_name(enum api_kind kind)
{
    switch (kind) {
    case API_TEXT:
    case API_CHOICE:
        return "a text";
    case API_BOOL:
        return "true or false";
    case API_NUMBER:
        return "a whole number";
    case API_DURATION:
        return "a duration in text";
    case API_ADDRESS:
        return "an IP address in text";
    case API_PREFIX:
    case API_SUBNET:
        return "a network in text";
    case API_KEY:
        return "a key in text";
    case API_NAMED_ADDRESS:
        return "a name and an address in text";
    case API_TEXTS:
        return "an object of texts";
    }
    return "";
}

/* ---- what would do ---- */

static void near_choice(const char *choices, const char *value, char *text, size_t size)
{
    _cleanup_free_ char *copy = text_duplicate(choices);
    char *rest = copy, *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (char *choice; (choice = strsep(&rest, "|"));) {
        size_t distance = nearest_distance(value, choice);
        if (distance < best_distance) {
            best = choice;
            best_distance = distance;
        }
    }
    snprintf(text, size, "%s", best && nearest_is_near(value, best_distance) ? best : "");
}

/* "a|b" -> "a, b" */
static void list_choices(const char *choices, char *text, size_t size)
{
    _cleanup_free_ char *copy = text_duplicate(choices);
    char *rest = copy;
    size_t length = 0;
    for (char *choice; (choice = strsep(&rest, "|")) && length < size;)
        length +=
            (size_t)snprintf(text + length, size - length, "%s%s", length ? ", " : "", choice);
}

static const char *near_field(const struct api_field *fields, const char *name)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (const struct api_field *field = fields; field->name; field++) {
        size_t distance = nearest_distance(name, field->name);
        if (distance < best_distance) {
            best = field->name;
            best_distance = distance;
        }
    }
    return best && nearest_is_near(name, best_distance) ? best : NULL;
}

/* ---- one value ---- */

static void check_address(const char *text, struct verdict *verdict)
{
    struct address address;
    struct prefix prefix;
    char would[ADDRESS_TEXT_MAX] = "";
    if (address_parse(text, &address) == 0)
        return;
    if (prefix_parse(text, &prefix) == 0)
        address_format(&prefix.address, would);
    verdict_say(verdict, "is not an IP address", *would ? would : "192.0.2.1 or 2001:db8::1");
}

static void check_prefix(const char *text, struct verdict *verdict)
{
    struct address address;
    struct prefix prefix;
    if (prefix_parse(text, &prefix) == 0)
        return;
    if (address_parse(text, &address) == 0) {
        char would[PREFIX_TEXT_MAX];
        prefix = prefix_of_address(&address);
        verdict_say(verdict, "has no length after a slash", prefix_format(&prefix, would));
        return;
    }
    verdict_say(verdict, "is not a network", "10.1.0.0/24 or fd00:1::/64");
}

static void check_subnet(const char *text, struct verdict *verdict)
{
    struct subnet subnet;
    if (!strchr(text, '='))
        check_prefix(text, verdict);
    else if (subnet_parse(text, &subnet) < 0)
        verdict_say(verdict, "is not a network and what others see it as",
                    "192.168.88.0/24=10.88.1.0/24");
}

static void check_duration(const char *text, struct verdict *verdict)
{
    int64_t seconds;
    uint64_t number;
    char would[32] = "90s, 45m, 12h, 30d or 2w";
    switch (duration_parse(text, &seconds)) {
    case 0:
        return;
    case -ERANGE:
        verdict_say(verdict, "is out of range: from 1 second to 10 years", "");
        return;
    }
    if (text_parse_u64(text, 1, 3650, &number) == 0)
        snprintf(would, sizeof would, "%" PRIu64 "d", number);
    verdict_say(verdict, "is not a duration", would);
}

static void check_named_address(const char *text, struct verdict *verdict)
{
    struct dns_entry entry;
    if (dns_entry_parse(text, &entry) < 0)
        verdict_say(verdict, "is not a name, =, and an IP address", "nas=192.168.88.10");
}

static void check_choice(const struct api_field *field, const char *text, struct verdict *verdict)
{
    size_t length = strlen(text);
    for (const char *choice = field->choices; choice; choice = strchr(choice, '|')) {
        choice += *choice == '|';
        if (strcspn(choice, "|") == length && strncmp(choice, text, length) == 0)
            return;
    }
    char choices[sizeof verdict->wrong - 50];
    list_choices(field->choices, choices, sizeof choices);
    snprintf(verdict->wrong, sizeof verdict->wrong, "is none of the words that are possible: %s",
             choices);
    near_choice(field->choices, text, verdict->would, sizeof verdict->would);
}

static void check_length(const struct api_field *field, const char *text, struct verdict *verdict)
{
    bool listed = field->flags & API_LIST;
    int64_t minimum = listed ? 1 : field->minimum;
    int64_t maximum = listed || !field->maximum ? VALUE_TEXT_MAX : field->maximum;
    size_t length = strlen(text);
    if ((int64_t)length < minimum)
        verdict_say(verdict, "is empty", "");
    else if ((int64_t)length > maximum)
        snprintf(verdict->wrong, sizeof verdict->wrong, "is longer than %" PRId64 " bytes",
                 maximum);
}

static void check_number(const struct api_field *field, int64_t number, struct verdict *verdict)
{
    if (number >= field->minimum && number <= field->maximum)
        return;
    snprintf(verdict->wrong, sizeof verdict->wrong, "is out of range: from %" PRId64 " to %" PRId64,
             field->minimum, field->maximum);
    snprintf(verdict->would, sizeof verdict->would, "%" PRId64,
             number < field->minimum ? field->minimum : field->maximum);
}

static void check_text(const struct api_field *field, const char *text, struct verdict *verdict)
{
    if (field->kind != API_TEXT && strlen(text) > VALUE_TEXT_MAX) {
        verdict_say(verdict, "is too long", "");
        return;
    }
    switch (field->kind) {
    case API_TEXT:
        check_length(field, text, verdict);
        return;
    case API_DURATION:
        check_duration(text, verdict);
        return;
    case API_ADDRESS:
        check_address(text, verdict);
        return;
    case API_PREFIX:
        check_prefix(text, verdict);
        return;
    case API_SUBNET:
        check_subnet(text, verdict);
        return;
    case API_KEY: /* the rules of keys know what was likely meant, and say it */
        return;
    case API_CHOICE:
        check_choice(field, text, verdict);
        return;
    case API_NAMED_ADDRESS:
        check_named_address(text, verdict);
        return;
    case API_BOOL:
    case API_NUMBER:
    case API_TEXTS:
        return; /* never a text */
    }
}

static bool kind_fits(enum api_kind kind, const json_t *value)
{
    switch (kind) {
    case API_BOOL:
        return json_is_boolean(value);
    case API_NUMBER:
        return json_is_integer(value);
    case API_TEXT:
    case API_DURATION:
    case API_ADDRESS:
    case API_PREFIX:
    case API_SUBNET:
    case API_KEY:
    case API_CHOICE:
    case API_NAMED_ADDRESS:
        return json_is_string(value);
    case API_TEXTS:
        return json_is_object(value);
    }
    return false;
}

/* "yes" for a boolean and "10" for a number are near misses worth an answer of their own. */
static void near_miss(const struct api_field *field, const json_t *value, char *text, size_t size)
{
    const char *string = json_string_value(value);
    uint64_t number;
    if (!string)
        return;
    if (field->kind == API_BOOL) {
        if (text_equal(string, "yes") || text_equal(string, "true"))
            snprintf(text, size, "true");
        if (text_equal(string, "no") || text_equal(string, "false"))
            snprintf(text, size, "false");
    }
    if (field->kind == API_NUMBER && text_parse_u64(string, 0, INT64_MAX, &number) == 0)
        snprintf(text, size, "%" PRIu64, number);
}

/* The complaint repeats a value that is short and no key. */
static void complain(const struct api_field *field, const char *path, const json_t *value,
                     const struct verdict *verdict, struct problem *problem)
{
    char wrong[sizeof verdict->wrong + SHOWN_MAX + 8];
    const char *text = json_string_value(value);
    bool shown = text && *text && strlen(text) <= SHOWN_MAX && field->kind != API_KEY &&
                 !(field->flags & API_SECRET);
    snprintf(wrong, sizeof wrong, "%s%s%s%s", shown ? "\"" : "", shown ? text : "",
             shown ? "\" " : "", verdict->wrong);
    problem_add_field(problem, path, wrong, verdict->would);
}

/* Names that are none are for the handler to complain of. */
static void check_texts(const struct api_field *field, const json_t *texts, struct problem *problem)
{
    static const struct api_field text = {.kind = API_TEXT, .maximum = API_TEXTS_TEXT_MAX};
    char wrong[80], path[FIELD_PATH_MAX];
    int64_t count = (int64_t)json_object_size(texts);
    const char *name;
    json_t *value;
    if (count < field->minimum || count > field->maximum) {
        snprintf(wrong, sizeof wrong,
                 "has %" PRId64 " members: from %" PRId64 " to %" PRId64 " are possible", count,
                 field->minimum, field->maximum);
        problem_add_field(problem, field->name, wrong, "");
        return;
    }
    json_object_foreach((json_t *)texts, name, value)
    {
        struct verdict verdict = {};
        bool shown = text_is_printable(name, NULL) && strlen(name) < SHOWN_MAX;
        snprintf(path, sizeof path, "%.30s.%s", field->name, shown ? name : "(unprintable)");
        if (json_is_string(value))
            check_text(&text, json_string_value(value), &verdict);
        else
            snprintf(verdict.wrong, sizeof verdict.wrong, "must be a text, not %s",
                     type_name(value));
        if (*verdict.wrong)
            problem_add_field(problem, path, verdict.wrong, verdict.would);
    }
}

static void check_value(const struct api_field *field, const char *path, const json_t *value,
                        struct problem *problem)
{
    struct verdict verdict = {};
    if (!kind_fits(field->kind, value)) {
        snprintf(verdict.wrong, sizeof verdict.wrong, "must be %s, not %s", kind_name(field->kind),
                 type_name(value));
        near_miss(field, value, verdict.would, sizeof verdict.would);
        problem_add_field(problem, path, verdict.wrong, verdict.would);
        return;
    }
    if (field->kind == API_TEXTS)
        check_texts(field, value, problem);
    else if (json_is_string(value))
        check_text(field, json_string_value(value), &verdict);
    else if (json_is_integer(value))
        check_number(field, json_integer_value(value), &verdict);
    if (*verdict.wrong)
        complain(field, path, value, &verdict, problem);
}

static void check_list(const struct api_field *field, const json_t *list, struct problem *problem)
{
    char wrong[80];
    if (!json_is_array(list)) {
        snprintf(wrong, sizeof wrong, "must be a list, not %s", type_name(list));
        problem_add_field(problem, field->name, wrong, "");
        return;
    }
    int64_t count = (int64_t)json_array_size(list);
    if (count < field->minimum || count > field->maximum) {
        snprintf(wrong, sizeof wrong,
                 "has %" PRId64 " items: from %" PRId64 " to %" PRId64 " are possible", count,
                 field->minimum, field->maximum);
        problem_add_field(problem, field->name, wrong, "");
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        char path[FIELD_PATH_MAX];
        snprintf(path, sizeof path, "%.60s[%" PRId64 "]", field->name, i);
        check_value(field, path, json_array_get(list, (size_t)i), problem);
    }
}

static void check_field(const struct api_field *field, const json_t *value, struct problem *problem)
{
    if (json_is_null(value) && field->flags & API_NULLABLE)
        return;
    if (field->flags & API_LIST)
        check_list(field, value, problem);
    else
        check_value(field, field->name, value, problem);
}

static const struct api_field *find_field(const struct api_field *fields, const char *name)
{
    for (const struct api_field *field = fields; field->name; field++)
        if (text_equal(field->name, name))
            return field;
    return NULL;
}

static const struct api_field no_fields[] = {{}};

/* An unknown name may be anything: shown in part, and without what is not printable. */
static void unknown_field(const struct api_field *fields, const char *name, struct problem *problem)
{
    char shown[SHOWN_MAX + 1];
    bool printable = *name && text_is_printable(name, NULL) && strlen(name) < sizeof shown;
    snprintf(shown, sizeof shown, "%s", printable ? name : "(unprintable)");
    const char *near = near_field(fields, name);
    problem_add_field(problem, shown,
                      fields->name ? "there is no such field here" : "there are no fields here",
                      near);
}

/* Complaints beyond this many help nobody. */
enum { COMPLAINTS_MAX = 100 };

bool api_fields_check(const struct api_field *fields, const json_t *object, bool partial,
                      struct problem *problem)
{
    const char *name;
    json_t *value;
    size_t before = json_array_size(problem->errors);
    if (!fields)
        fields = no_fields;
    if (!json_is_object(object)) {
        problem_add_field(problem, "body", "must be an object", "{}");
        return false;
    }
    json_object_foreach((json_t *)object, name, value)
    {
        const struct api_field *field = find_field(fields, name);
        if (json_array_size(problem->errors) - before >= COMPLAINTS_MAX)
            return false;
        if (field)
            check_field(field, value, problem);
        else
            unknown_field(fields, name, problem);
    }
    for (const struct api_field *field = fields; field->name && !partial; field++)
        if (field->flags & API_REQUIRED && !json_object_get(object, field->name))
            problem_add_field(problem, field->name, "is missing", field->choices);
    return json_array_size(problem->errors) == before;
}

/* ---- queries: texts become what the fields say ---- */

static json_t *query_list(const char *text)
{
    _cleanup_free_ char *copy = text_duplicate(text);
    json_t *list = json_array();
    char *rest = *copy ? copy : NULL;
    for (char *item; (item = strsep(&rest, ","));)
        json_array_append_new(list, json_string(item + strspn(item, " ")));
    return list;
}

/* NULL when the text can't be turned. */
static json_t *query_scalar(const struct api_field *field, const char *text)
{
    uint64_t number;
    if (field->kind == API_BOOL) {
        static const char *const words[][2] = {{"no", "yes"}, {"false", "true"}, {"0", "1"}};
        for (size_t i = 0; i < ELEMENTS(words); i++)
            for (int truth = 0; truth < 2; truth++)
                if (text_equal(text, words[i][truth]))
                    return json_boolean(truth);
        return NULL;
    }
    if (field->kind == API_NUMBER && text_parse_u64(text, 0, INT64_MAX, &number) == 0)
        return json_integer((json_int_t)number);
    return NULL;
}

static void complain_of_query(const struct api_field *field, const json_t *text,
                              struct problem *problem)
{
    struct verdict verdict = {};
    if (field->kind == API_BOOL)
        verdict_say(&verdict, "is neither yes nor no", "");
    else if (field->maximum == INT64_MAX)
        verdict_say(&verdict, "is not a whole number", "");
    else
        snprintf(verdict.wrong, sizeof verdict.wrong,
                 "is not a number from %" PRId64 " to %" PRId64, field->minimum, field->maximum);
    complain(field, field->name, text, &verdict, problem);
}

/* Turns the field's text, if it is there. */
static bool query_turn(const struct api_field *field, json_t *query, struct problem *problem)
{
    const json_t *text = json_object_get(query, field->name);
    if (!json_is_string(text))
        return true;
    if (field->flags & API_LIST) {
        json_object_set_new(query, field->name, query_list(json_string_value(text)));
        return true;
    }
    if (field->kind != API_BOOL && field->kind != API_NUMBER)
        return true;
    json_t *value = query_scalar(field, json_string_value(text));
    if (!value) {
        complain_of_query(field, text, problem);
        json_object_del(query, field->name); /* complained of once */
        return false;
    }
    json_object_set_new(query, field->name, value);
    return true;
}

bool api_query_check(const struct api_field *fields, json_t *query, struct problem *problem)
{
    bool turned = true;
    for (const struct api_field *field = fields; field && field->name; field++)
        turned &= query_turn(field, query, problem);
    return api_fields_check(fields, query, false, problem) && turned;
}
