/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "--add-subnet", "--remove-subnet": a list that is changed and not replaced. The API knows whole
 * lists only: the object is asked for, its list changed, and sent with its ETag. Pure. */
#pragma once

#include <jansson.h>

#include "hub/cli/option.h"

/* `edits` is {"FIELD": {"add": [...], "remove": [...]}}. */
int list_edit_take(const struct option_match *match, const char *value, json_t *edits,
                   char error[static CLI_ERROR_MAX]);
/* Puts the lists into `body`, as they are in `object` with the edits. -EINVAL: what is to be
 * removed is not there, or there is no list to change. */
int list_edit_apply(const struct api_route *route, const json_t *edits, const json_t *object,
                    json_t *body, char error[static CLI_ERROR_MAX]);
/* Does the route have its lists edited? */
bool list_edit_applies(const struct api_route *route, const struct api_field *field);
