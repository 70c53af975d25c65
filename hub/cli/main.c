/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren: the hub's command line. */
#include <signal.h>
#include <stdio.h>

#include "hub/base/buf.h"
#include "hub/base/text.h"
#include "hub/cli/command.h"
#include "hub/cli/completion.h"
#include "hub/cli/help.h"
#include "hub/cli/run.h"
#include "hub/cli/screen.h"

static enum cli_exit print_help(const struct api_route *route, const char *noun)
{
    _cleanup_buf_ struct buf text = {0};

    if (route)
        help_command(route, &text);
    else if (noun)
        help_noun(noun, &text);
    else
        help_all(&text);
    fputs(text.data, stdout);
    return fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
}

static enum cli_exit run_command(struct globals *globals, const struct api_route *route, int argc,
                                 char **argv, int index)
{
    _cleanup_request_ struct request request = {0};
    char error[CLI_ERROR_MAX];

    if (request_parse(globals, route, argc, argv, index, &request, error) < 0)
        return run_usage_error(route, NULL, error);
    if (globals->help)
        return print_help(route, NULL);
    return run_request(globals, &request);
}

static enum cli_exit print_version(void)
{
    puts("warren " WARREN_VERSION);
    return CLI_DONE;
}

int main(int argc, char **argv)
{
    struct globals globals = {0};
    const struct api_route *route = NULL;
    const char *noun = NULL;
    char error[CLI_ERROR_MAX];
    int index = 1;

    screen_init();
    signal(SIGPIPE, SIG_DFL);
    if (argc > 1 && text_equal(argv[1], "complete"))
        return completion_print(&globals, argc - 2, argv + 2);
    if (argc == 2 && text_equal(argv[1], "help"))
        return print_help(NULL, NULL);
    if (command_find(&globals, argc, argv, &index, &noun, &route, error) < 0)
        return run_usage_error(NULL, noun, error);
    if (globals.version)
        return print_version();
    if (!route)
        return print_help(NULL, noun);
    return run_command(&globals, route, argc, argv, index);
}
