/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the route that the words of a command mean: "peer", "add". */
#pragma once

#include "hub/api/route.h"
#include "hub/cli/globals.h"

/* A noun's n-th route, NULL when there are no more. */
const struct api_route *command_of_noun(const char *noun, size_t index);
/* The n-th noun, each once, in the order of the table; NULL when there are no more. */
const char *command_noun(size_t index);

/* Takes the noun and, where the noun has verbs, the verb from argv[*index] on, and global options
 * between them. *ret_noun is set when the noun is known; *ret_route when the command is.
 * -EINVAL and an error that proposes what was likely meant. */
int command_find(struct globals *globals, int argc, char **argv, int *index, const char **ret_noun,
                 const struct api_route **ret_route, char error[static CLI_ERROR_MAX]);
