/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as rows of a table, or one object as a list of "key: value". */
#pragma once

#include <jansson.h>

#include "hub/cli/cell.h"
#include "hub/cli/screen.h"

struct column {
    const char *title; /* NULL ends the array */
    const char *path;  /* "wireguard.port"; "" = the object itself */
    cell_write write;  /* NULL = plain */
};

void table_print(const struct screen *screen, const struct column *columns, const json_t *items);
/* Leaves out what the object does not have. */
void table_print_object(const struct screen *screen, const struct column *columns,
                        const json_t *object);
