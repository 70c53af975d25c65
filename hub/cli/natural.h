/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in the order that people expect: "c3" before "c29". Pure. */
#pragma once

#include <jansson.h>

/* As strcmp(); case does not matter, unless all else is the same. */
int natural_compare(const char *a, const char *b);
/* A new list of the same objects, by their names. */
json_t *natural_sort(const json_t *items);
