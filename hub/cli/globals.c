/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/globals.h"

#include <errno.h>
#include <stdio.h>

#include "hub/base/text.h"

const struct global_option global_options[] = {
    {"--json", NULL, "print JSON, for programs"},
    {"--socket", "PATH", "the hub's socket (default $WARREN_SOCKET or /run/warren/api.sock)"},
    {"--no-color", NULL, "no colours, as with NO_COLOR set"},
    {"--help", NULL, "help on the command"},
    {"--version", NULL, "the version of this program"},
    {0},
};

int globals_take(struct globals *globals, int argc, char **argv, int *index,
                 char error[static CLI_ERROR_MAX])
{
    const char *word = argv[*index];

    if (text_equal(word, "--json")) {
        globals->json = true;
    } else if (text_equal(word, "--no-color")) {
        globals->no_color = true;
    } else if (text_equal(word, "--help") || text_equal(word, "-h")) {
        globals->help = true;
    } else if (text_equal(word, "--version")) {
        globals->version = true;
    } else if (text_starts_with(word, "--socket=")) {
        globals->socket = word + strlen("--socket=");
    } else if (text_equal(word, "--socket")) {
        if (*index + 1 >= argc) {
            snprintf(error, CLI_ERROR_MAX, "--socket needs a value: PATH");
            return -EINVAL;
        }
        globals->socket = argv[++*index];
    } else {
        return 0;
    }
    ++*index;
    return 1;
}
