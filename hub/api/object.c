/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

#include <string.h>

#include "hub/base/text.h"

bool api_member_is_in(const struct api_member *member, enum api_variant variant)
{
    switch (variant) {
    case VARIANT_WHOLE:
        return true;
    case VARIANT_DECLARED:
        return !(member->flags & MEMBER_LIVE);
    case VARIANT_DELETED:
        return !(member->flags & MEMBER_LIVE) || member->flags & MEMBER_LAST;
    case VARIANT_COUNT:
        break;
    }
    return false;
}

const struct api_member *api_member_find(const struct api_object *object, const char *name)
{
    for (const struct api_member *member = object->members; member->name; member++)
        if (text_equal(member->name, name))
            return member;
    return NULL;
}

/* ---- examples ---- */

static const char *usual_example(enum api_value value)
{
    switch (value) {
    case VALUE_TEXT:
        return "\"text\"";
    case VALUE_BOOL:
        return "false";
    case VALUE_NUMBER:
        return "0";
    case VALUE_TIME:
        return "\"2026-05-04T09:30:00Z\"";
    case VALUE_ID:
        return "\"k3m7q2xa\"";
    case VALUE_ADDRESS:
        return "\"10.66.0.2\"";
    case VALUE_PREFIX:
        return "\"10.66.0.0/24\"";
    case VALUE_KEY:
        return "\"G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE=\"";
    case VALUE_ANY:
    case VALUE_CHOICE:
    case VALUE_OBJECT:
        break;
    }
    return "null";
}

static json_t *members_example(const struct api_object *object, enum api_variant variant);

static json_t *one_example(const struct api_member *member, enum api_variant variant)
{
    if (member->value == VALUE_OBJECT)
        return members_example(member->object, variant);
    if (member->value == VALUE_CHOICE)
        return json_stringn(member->choices, strcspn(member->choices, "|"));
    return json_loads(usual_example(member->value), JSON_DECODE_ANY, NULL);
}

json_t *api_member_example(const struct api_member *member, enum api_variant variant)
{
    if (member->example)
        return json_loads(member->example, JSON_DECODE_ANY, NULL);
    json_t *one = one_example(member, variant);
    if (member->flags & MEMBER_LIST)
        return json_pack("[o]", one);
    if (member->flags & MEMBER_MAP)
        return json_pack("{s:o}", "name", one);
    return one;
}

static json_t *members_example(const struct api_object *object, enum api_variant variant)
{
    json_t *example = json_object();
    for (const struct api_member *member = object->members; member->name; member++) {
        bool told = member->example || !(member->flags & MEMBER_OPTIONAL);
        if (told && api_member_is_in(member, variant))
            json_object_set_new(example, member->name, api_member_example(member, variant));
    }
    return example;
}

json_t *api_object_example(const struct api_object *object, enum api_variant variant)
{
    json_t *example = members_example(object, variant);
    if (variant == VARIANT_DELETED)
        json_object_set_new(example, "deleted", json_true());
    return example;
}
