/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes manual pages while building: `cli_manual commands TEMPLATE` puts the commands in place of
 * the template's line "@COMMANDS@"; `cli_manual settings TEMPLATE` does so with the settings.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/buf.h"
#include "hub/base/text.h"
#include "hub/cli/help.h"
#include "hub/settings/settings.h"

/* What troff takes for an order of its own is escaped. */
static void add_roff(struct buf *page, const char *text)
{
    if (*text == '.' || *text == '\'')
        buf_add_text(page, "\\&");
    for (; *text; text++) {
        if (*text == '-')
            buf_add_text(page, "\\-");
        else if (*text == '\\')
            buf_add_text(page, "\\e");
        else
            buf_add_char(page, *text);
    }
}

static void add_option(const char *option, const char *help, void *data)
{
    struct buf *page = data;

    buf_add_text(page, ".RS\n.TP\n.B ");
    add_roff(page, option);
    buf_add_char(page, '\n');
    add_roff(page, help);
    buf_add_text(page, "\n.RE\n");
}

static void add_commands(struct buf *page)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        _cleanup_buf_ struct buf usage = {0};
        const struct api_route *route = api_route(i);

        if (route->browser)
            continue;
        help_usage(route, &usage);
        buf_add_text(page, ".TP\n.B ");
        add_roff(page, usage.data);
        buf_add_char(page, '\n');
        add_roff(page, route->help);
        buf_add_char(page, '\n');
        help_each_option(route, add_option, page);
    }
}

static void add_setting(struct buf *page, const struct setting *setting)
{
    buf_add_text(page, ".TP\n.B ");
    add_roff(page, setting->key);
    buf_add_char(page, '\n');
    add_roff(page, setting->help);
    buf_add_char(page, '\n');
    if (setting->choices) {
        buf_add_text(page, "One of ");
        add_roff(page, setting->choices);
        buf_add_text(page, ".\n");
    }
    if (setting->initial && *setting->initial) {
        buf_add_text(page, "Default: ");
        add_roff(page, setting->initial);
        buf_add_text(page, ".\n");
    }
    buf_add_text(page, setting->effect == SETTING_LIVE ? "Taken over by a reload.\n"
                                                       : "Needs a restart.\n");
}

static void add_settings(struct buf *page)
{
    const char *section = "";

    for (size_t i = 0; i < settings_count; i++) {
        if (!text_equal(section, settings_table[i].section)) {
            section = settings_table[i].section;
            buf_printf(page, ".SS [%s]\n", section);
        }
        add_setting(page, &settings_table[i]);
    }
}

static int write_page(FILE *template, void (*add)(struct buf *page), const char *mark)
{
    _cleanup_buf_ struct buf page = {0};
    char line[1024];
    bool found = false;

    while (fgets(line, sizeof(line), template)) {
        if (!text_equal(line, mark)) {
            buf_add_text(&page, line);
            continue;
        }
        add(&page);
        found = true;
    }
    return found && fputs(page.data, stdout) >= 0 && fflush(stdout) == 0 ? EXIT_SUCCESS
                                                                         : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    FILE *template = argc == 3 ? fopen(argv[2], "re") : NULL;
    int status;

    if (!template) {
        fputs("usage: cli_manual commands|settings TEMPLATE\n", stderr);
        return EXIT_FAILURE;
    }
    status = text_equal(argv[1], "commands") ? write_page(template, add_commands, "@COMMANDS@\n")
                                             : write_page(template, add_settings, "@SETTINGS@\n");
    fclose(template);
    return status;
}
