/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that stand for fields of a route, and their values. Pure. */
#pragma once

#include <jansson.h>

#include "hub/api/route.h"
#include "hub/cli/globals.h"

/* What becomes of a list. */
enum option_edit { OPTION_REPLACE, OPTION_ADD, OPTION_REMOVE };

struct option_match {
    const struct api_field *field;
    bool in_query;
    enum option_edit edit; /* "--add-...", "--remove-..." */
    bool negated;          /* "--no-..." of a yes-or-no field */
    const char *value;     /* said by the option itself; NULL = one must follow */
    char name[48];         /* as written */
    char choice[32];
};

/* `name` of `length` bytes: "--subnet", "--site", "--no-full-tunnel". */
bool option_find(const struct api_route *route, const char *name, size_t length,
                 struct option_match *ret_match);
/* The option that was likely meant; false when none is near. */
bool option_nearest(const struct api_route *route, const char *name, size_t length,
                    char ret_option[static 48]);
/* Puts the value into the query (as text) or the body (as what the field says). */
int option_set(const struct option_match *match, const char *value, json_t *target,
               char error[static CLI_ERROR_MAX]);

/* The field of a problem's "subnets[0]", NULL when the route has none of this name. */
const struct api_field *option_field(const struct api_route *route, const char *name);
