/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/list_edit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "hub/base/address.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"

bool list_edit_applies(const struct api_route *route, const struct api_field *field)
{
    return route->method == API_PATCH && field->flags & API_LIST && field->option;
}

int list_edit_take(const struct option_match *match, const char *value, json_t *edits,
                   char error[static CLI_ERROR_MAX])
{
    const char *name = match->field->name, *kind = match->edit == OPTION_ADD ? "add" : "remove";
    json_t *edit = json_object_get(edits, name);

    if (!*value || !text_is_printable(value, NULL)) {
        snprintf(error, CLI_ERROR_MAX, "%s must be printable text in UTF-8", match->name);
        return -EINVAL;
    }
    if (!edit) {
        edit = json_pack("{s:[],s:[]}", "add", "remove");
        json_object_set_new(edits, name, edit);
    }
    json_array_append_new(json_object_get(edit, kind), json_string(value));
    return 0;
}

/* ---- the same thing in other words ---- */

/* "192.168.088.1/24" as the hub writes it. */
static const char *plain(const char *text, char prefix_text[static PREFIX_TEXT_MAX])
{
    struct prefix prefix;
    struct address address;

    if (address_parse(text, &address) == 0)
        return address_format(&address, prefix_text);
    if (prefix_parse(text, &prefix) < 0)
        return text;
    return prefix_format(&prefix, prefix_text);
}

static bool same(const char *a, const char *b)
{
    char text_a[PREFIX_TEXT_MAX], text_b[PREFIX_TEXT_MAX];

    return strcasecmp(plain(a, text_a), plain(b, text_b)) == 0;
}

/* Of "NAME=VALUE" either side says which one is meant. */
static bool is_meant(const char *entry, const char *said)
{
    _cleanup_free_ char *copy = text_duplicate(entry);
    char *equals = strchr(copy, '=');

    if (same(entry, said))
        return true;
    if (!equals)
        return false;
    *equals = 0;
    return same(copy, said) || same(equals + 1, said);
}

/* ---- lists ---- */

/* "REAL=MAPPED" of a network that others see as another one. */
static json_t *entry_of(const json_t *object, const char *field, json_t *entry)
{
    json_t *mapping;
    size_t index;

    if (text_equal(field, "subnets")) {
        json_array_foreach(json_object_get(object, "mapped"), index, mapping)
        {
            const char *mapped = json_string_value(json_object_get(mapping, "mapped"));
            const char *real = json_string_value(json_object_get(mapping, "real"));
            if (mapped && real && text_equal(mapped, json_string_value(entry)))
                return json_sprintf("%s=%s", real, mapped);
        }
    }
    return json_incref(entry);
}

static json_t *list_of(const json_t *object, const char *field)
{
    json_t *list = json_array(), *entry;
    size_t index;

    json_array_foreach(json_object_get(object, field), index, entry)
    {
        json_array_append_new(list, entry_of(object, field, entry));
    }
    return list;
}

static size_t find(const json_t *list, const char *said)
{
    size_t index = 0;

    while (index < json_array_size(list) &&
           !is_meant(json_string_value(json_array_get(list, index)), said))
        index++;
    return index;
}

static int remove_from(json_t *list, const struct api_field *field, const char *said, char *error)
{
    _cleanup_buf_ struct buf there = {0};
    size_t index = find(list, said);

    if (index < json_array_size(list)) {
        json_array_remove(list, index);
        return 0;
    }
    cell_plain(list, &there);
    snprintf(error, CLI_ERROR_MAX, "--remove-%s: \"%.60s\" is not there; there is: %.150s",
             field->option + 2, said, json_array_size(list) ? there.data : "none");
    return -EINVAL;
}

static void add_to(json_t *list, json_t *value)
{
    json_t *entry;
    size_t index;

    json_array_foreach(list, index, entry)
    {
        if (same(json_string_value(entry), json_string_value(value)))
            return;
    }
    json_array_append(list, value);
}

static int edit_list(const struct api_field *field, const json_t *edit, json_t *list, char *error)
{
    json_t *value;
    size_t index;

    json_array_foreach(json_object_get(edit, "remove"), index, value)
    {
        int r = remove_from(list, field, json_string_value(value), error);
        if (r < 0)
            return r;
    }
    json_array_foreach(json_object_get(edit, "add"), index, value)
    {
        add_to(list, value);
    }
    return 0;
}

int list_edit_apply(const struct api_route *route, const json_t *edits, const json_t *object,
                    json_t *body, char error[static CLI_ERROR_MAX])
{
    const char *name;
    json_t *edit;

    json_object_foreach((json_t *)edits, name, edit)
    {
        const struct api_field *field = option_field(route, name);
        if (json_is_null(json_object_get(object, name))) {
            snprintf(error, CLI_ERROR_MAX, "there is no list to change (it is \"%s\"): %s says one",
                     field->null_word ? field->null_word : "none", field->option);
            return -EINVAL;
        }
        json_t *list = list_of(object, name);
        int r = edit_list(field, edit, list, error);
        if (r < 0) {
            json_decref(list);
            return r;
        }
        json_object_set_new(body, name, list);
    }
    return 0;
}
