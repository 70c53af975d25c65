/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/openapi_schema.h"

#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

/* Patterns say what is likely right; the hub alone knows. */
#define ADDRESS_PATTERN "[0-9A-Fa-f:.]+"
#define NETWORK_PATTERN ADDRESS_PATTERN "/[0-9]{1,3}"
#define KEY_PATTERN "^[A-Za-z0-9+/]{43}=$"
#define TIME_PATTERN "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"

enum { ITEM_BYTES_MAX = 256 }; /* as field.c checks them */

static json_t *choices_json(const char *choices, bool nullable)
{
    _cleanup_free_ char *copy = text_duplicate(choices);
    json_t *list = json_array();
    char *rest = copy;
    for (char *choice; (choice = strsep(&rest, "|"));)
        json_array_append_new(list, json_string(choice));
    if (nullable)
        json_array_append_new(list, json_null());
    return list;
}

/* {"type": "string"}, or {"type": ["string", "null"]} */
static json_t *typed(const char *type, bool nullable)
{
    return nullable ? json_pack("{s:[s,s]}", "type", type, "null")
                    : json_pack("{s:s}", "type", type);
}

static json_t *with_pattern(json_t *schema, const char *pattern)
{
    json_object_set_new(schema, "pattern", json_string(pattern));
    return schema;
}

static json_t *with_choices(json_t *schema, const char *choices, bool nullable)
{
    json_object_set_new(schema, "enum", choices_json(choices, nullable));
    return schema;
}

static json_t *address_schema(bool nullable)
{
    json_t *schema = json_pack("{s:s,s:[{s:s},{s:s}]}", "type", "string", "anyOf", "format", "ipv4",
                               "format", "ipv6");
    return nullable ? json_pack("{s:[o,{s:s}]}", "anyOf", schema, "type", "null") : schema;
}

/* ---- fields ---- */

/* Limits are in bytes, maxLength counts characters: what it lets through may still be too long. */
static void add_length(const struct api_field *field, json_t *schema)
{
    bool listed = field->flags & API_LIST;
    int64_t minimum = listed ? 1 : field->minimum;
    int64_t maximum = listed || !field->maximum ? ITEM_BYTES_MAX : field->maximum;
    if (minimum)
        json_object_set_new(schema, "minLength", json_integer(minimum));
    json_object_set_new(schema, "maxLength", json_integer(maximum));
}

static void add_range(const struct api_field *field, json_t *schema)
{
    json_object_set_new(schema, "minimum", json_integer(field->minimum));
    if (field->maximum == INT64_MAX) /* more than a JSON number holds for most readers */
        json_object_set_new(schema, "format", json_string("int64"));
    else
        json_object_set_new(schema, "maximum", json_integer(field->maximum));
}

static const char *field_example(const struct api_field *field)
{
    switch (field->kind) {
    case API_DURATION:
        return "30d";
    case API_PREFIX:
        return "203.0.113.0/24";
    case API_SUBNET:
        return "192.168.88.0/24=10.88.1.0/24";
    case API_ADDRESS:
        return "192.0.2.53";
    case API_NAMED_ADDRESS:
        return "nas=192.168.88.10";
    case API_KEY:
        return "3dBL8RSXhRtWVZGMMb0Rs71WObz7bqk/Gqm6pHFPQEw=";
    case API_TEXT:
    case API_TEXTS:
    case API_BOOL:
    case API_NUMBER:
    case API_CHOICE:
        break;
    }
    return NULL;
}

static json_t *value_schema(const struct api_field *field, bool nullable)
{
    json_t *schema;
    switch (field->kind) {
    case API_TEXT:
        schema = typed("string", nullable);
        add_length(field, schema);
        return schema;
    case API_BOOL:
        return typed("boolean", nullable);
    case API_NUMBER:
        schema = typed("integer", nullable);
        add_range(field, schema);
        return schema;
    case API_DURATION:
        return with_pattern(typed("string", nullable), "^[0-9]+[smhdw]$");
    case API_ADDRESS:
        return address_schema(nullable);
    case API_PREFIX:
        return with_pattern(typed("string", nullable), "^" NETWORK_PATTERN "$");
    case API_SUBNET:
        return with_pattern(typed("string", nullable),
                            "^" NETWORK_PATTERN "(=" NETWORK_PATTERN ")?$");
    case API_KEY:
        return with_pattern(typed("string", nullable), KEY_PATTERN);
    case API_NAMED_ADDRESS:
        return with_pattern(typed("string", nullable), "^[^=]+=" ADDRESS_PATTERN "$");
    case API_CHOICE:
        return with_choices(typed("string", nullable), field->choices, nullable);
    case API_TEXTS:
        return json_pack("{s:o,s:{s:s,s:i}}", "type",
                         nullable ? json_pack("[s,s]", "object", "null") : json_string("object"),
                         "additionalProperties", "type", "string", "maxLength", API_TEXTS_TEXT_MAX);
    }
    return NULL;
}

json_t *openapi_field_schema(const struct api_field *field)
{
    bool nullable = field->flags & API_NULLABLE;
    const char *example = field_example(field);
    json_t *schema;
    if (field->flags & API_LIST) {
        schema = typed("array", nullable);
        json_object_set_new(schema, "items", value_schema(field, false));
        if (field->minimum)
            json_object_set_new(schema, "minItems", json_integer(field->minimum));
        json_object_set_new(schema, "maxItems", json_integer(field->maximum));
    } else {
        schema = value_schema(field, nullable);
    }
    if (example)
        json_object_set_new(schema, "examples",
                            field->flags & API_LIST ? json_pack("[[s]]", example)
                                                    : json_pack("[s]", example));
    if (field->help)
        json_object_set_new(schema, "description", json_string(field->help));
    return schema;
}

json_t *openapi_fields_schema(const struct api_field *fields, bool partial)
{
    json_t *properties = json_object(), *required = json_array();
    for (const struct api_field *field = fields; field->name; field++) {
        json_object_set_new(properties, field->name, openapi_field_schema(field));
        if (field->flags & API_REQUIRED && !partial)
            json_array_append_new(required, json_string(field->name));
    }
    json_t *schema = json_pack("{s:s,s:b,s:o}", "type", "object", "additionalProperties", 0,
                               "properties", properties);
    if (json_array_size(required))
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

/* ---- objects ---- */

json_t *openapi_ref(const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%s", name));
}

/* Is the variant any other than the whole? */
static bool differs(const struct api_object *object, enum api_variant variant)
{
    if (variant == VARIANT_WHOLE)
        return false;
    for (const struct api_member *member = object->members; member->name; member++)
        if (!api_member_is_in(member, variant) ||
            (member->object && differs(member->object, variant)))
            return true;
    return false;
}

static json_t *inline_schema(const struct api_object *object, enum api_variant variant,
                             json_t *components);

static json_t *object_schema(const struct api_member *member, bool nullable,
                             enum api_variant variant, json_t *components)
{
    json_t *schema =
        member->object->name
            ? openapi_object_ref(member->object,
                                 differs(member->object, variant) ? variant : VARIANT_WHOLE,
                                 components)
            : inline_schema(member->object, variant, components);
    return nullable ? json_pack("{s:[o,{s:s}]}", "anyOf", schema, "type", "null") : schema;
}

static json_t *plain_schema(const struct api_member *member, bool nullable)
{
    switch (member->value) {
    case VALUE_TEXT:
        return typed("string", nullable);
    case VALUE_BOOL:
        return typed("boolean", nullable);
    case VALUE_NUMBER: {
        json_t *schema = typed("integer", nullable);
        json_object_set_new(schema, "minimum", json_integer(0));
        return schema;
    }
    case VALUE_TIME: {
        json_t *schema = with_pattern(typed("string", nullable), TIME_PATTERN);
        json_object_set_new(schema, "format", json_string("date-time"));
        return schema;
    }
    case VALUE_ID:
        return with_pattern(typed("string", nullable), "^[a-z2-7]{8}$");
    case VALUE_ADDRESS:
        return address_schema(nullable);
    case VALUE_PREFIX:
        return with_pattern(typed("string", nullable), "^" NETWORK_PATTERN "$");
    case VALUE_KEY:
        return with_pattern(typed("string", nullable), KEY_PATTERN);
    case VALUE_CHOICE:
        return with_choices(typed("string", nullable), member->choices, nullable);
    case VALUE_ANY:
    case VALUE_OBJECT:
        break;
    }
    return json_object();
}

static json_t *one_schema(const struct api_member *member, bool nullable, enum api_variant variant,
                          json_t *components)
{
    return member->value == VALUE_OBJECT ? object_schema(member, nullable, variant, components)
                                         : plain_schema(member, nullable);
}

static json_t *member_schema(const struct api_member *member, enum api_variant variant,
                             json_t *components)
{
    bool nullable = member->flags & MEMBER_NULLABLE;
    json_t *schema;
    if (member->flags & MEMBER_LIST) {
        schema = typed("array", nullable);
        json_object_set_new(schema, "items", one_schema(member, false, variant, components));
    } else if (member->flags & MEMBER_MAP) {
        schema = typed("object", nullable);
        json_object_set_new(schema, "additionalProperties",
                            one_schema(member, false, variant, components));
    } else {
        schema = one_schema(member, nullable, variant, components);
    }
    json_object_set_new(schema, "description", json_string(member->help));
    return schema;
}

static json_t *inline_schema(const struct api_object *object, enum api_variant variant,
                             json_t *components)
{
    json_t *properties = json_object(), *required = json_array();
    for (const struct api_member *member = object->members; member->name; member++) {
        if (!api_member_is_in(member, variant))
            continue;
        json_object_set_new(properties, member->name, member_schema(member, variant, components));
        if (!(member->flags & MEMBER_OPTIONAL))
            json_array_append_new(required, json_string(member->name));
    }
    if (variant == VARIANT_DELETED && object->name) {
        json_object_set_new(properties, "deleted",
                            json_pack("{s:s,s:s}", "type", "boolean", "description",
                                      "is it gone; false: it is on its way"));
        json_array_append_new(required, json_string("deleted"));
    }
    return json_pack("{s:s,s:s,s:o,s:o}", "type", "object", "description", object->help,
                     "properties", properties, "required", required);
}

json_t *openapi_object_ref(const struct api_object *object, enum api_variant variant,
                           json_t *components)
{
    static const char *const suffixes[VARIANT_COUNT] = {
        [VARIANT_WHOLE] = "", [VARIANT_DECLARED] = "Declared", [VARIANT_DELETED] = "Deleted"};
    char name[80];
    snprintf(name, sizeof name, "%s%s", object->name, suffixes[variant]);
    if (!json_object_get(components, name)) {
        json_object_set_new(components, name, json_object()); /* where it is, if it holds itself */
        json_t *schema = inline_schema(object, variant, components);
        json_object_set_new(schema, "examples",
                            json_pack("[o]", api_object_example(object, variant)));
        json_object_set_new(components, name, schema);
    }
    return openapi_ref(name);
}
