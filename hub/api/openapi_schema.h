/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON Schemas of fields and objects, as the OpenAPI document has them. All answer new references.
 */
#pragma once

#include "hub/api/answer.h"

/* Of a field of a query or a body. */
json_t *openapi_field_schema(const struct api_field *field);
/* Of a whole body; `partial`: nothing is required. */
json_t *openapi_fields_schema(const struct api_field *fields, bool partial);

/* {"$ref": "#/components/schemas/PeerDeclared"}; the schema, and those that it needs, are put into
 * `components`. */
json_t *openapi_object_ref(const struct api_object *object, enum api_variant variant,
                           json_t *components);
json_t *openapi_ref(const char *name); /* of one that is there */
