/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that every command takes, before or after its words. */
#pragma once

#include <stdbool.h>

enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1,
    CLI_USAGE = 2,
    CLI_UNREACHABLE = 3,
};

enum { CLI_ERROR_MAX = 600 };

struct globals {
    bool json, no_color, help, version;
    const char *socket;
};

struct global_option {
    const char *option;
    const char *value; /* in help; NULL = a flag */
    const char *help;
};

extern const struct global_option global_options[]; /* ends with a NULL option */

/* Looks at argv[*index]: 1 taken and *index moved on, 0 not one of them, -EINVAL and an error. */
int globals_take(struct globals *globals, int argc, char **argv, int *index,
                 char error[static CLI_ERROR_MAX]);
