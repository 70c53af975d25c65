/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/help.h"

#include "hub/base/text.h"
#include "hub/cli/command.h"
#include "hub/cli/list_edit.h"
#include "hub/cli/request.h"

static bool is_option(const struct api_field *field)
{
    return field->option && *field->option == '-';
}

static void add_words(const struct api_route *route, struct buf *text)
{
    buf_printf(text, "warren %s", route->noun);
    if (route->verb)
        buf_printf(text, " %s", route->verb);
}

static void usage_field(const struct api_route *route, const struct api_field *field,
                        struct buf *text)
{
    bool edits = list_edit_applies(route, field);
    bool required = field->flags & API_REQUIRED;

    if (!is_option(field))
        return;
    buf_add_char(text, ' ');
    if (!required)
        buf_add_char(text, '[');
    buf_printf(text, "--%s%s", edits ? "[add-|remove-]" : "", field->option + 2);
    if (field->value)
        buf_printf(text, " %s", field->value);
    if (!required)
        buf_add_char(text, ']');
    if (field->flags & API_LIST)
        buf_add_text(text, "...");
}

static void usage_local(const struct local_option *option, struct buf *text)
{
    buf_printf(text, " [%s", option->letter ? option->letter : option->option);
    if (option->value)
        buf_printf(text, " %s", option->value);
    buf_add_char(text, ']');
}

void help_usage(const struct api_route *route, struct buf *text)
{
    const struct api_field *field;
    const char *word;
    char name[32];

    add_words(route, text);
    for (size_t i = 0; (word = request_word(route, i, &field, name)); i++)
        buf_printf(text, " %s", word);
    for (field = route->body; field && field->name; field++)
        usage_field(route, field, text);
    for (field = route->query; field && field->name; field++)
        usage_field(route, field, text);
    for (const struct local_option *option = local_options; option->option; option++)
        if (local_option_applies(option, route))
            usage_local(option, text);
}

/* ---- options ---- */

static void edit_option(const struct api_field *field, const char *start, const char *help_text,
                        help_option each, void *data)
{
    _cleanup_buf_ struct buf option = {0};

    buf_printf(&option, "--%s%s %s", start, field->option + 2, field->value);
    each(option.data, help_text, data);
}

static void field_option(const struct api_route *route, const struct api_field *field,
                         help_option each, void *data)
{
    bool edits = list_edit_applies(route, field);

    _cleanup_buf_ struct buf option = {0};
    _cleanup_buf_ struct buf help = {0};

    if (!is_option(field))
        return;
    buf_add_text(&option, field->option);
    if (field->value)
        buf_printf(&option, " %s", field->value);
    buf_add_text(&help, field->help);
    if (field->flags & API_LIST)
        buf_printf(&help, " (may be repeated%s)", edits ? "; replaces all there are" : "");
    each(option.data, help.data, data);
    if (!edits)
        return;
    edit_option(field, "add-", "one more; the others stay", each, data);
    edit_option(field, "remove-", "one less; the others stay", each, data);
}

void help_each_option(const struct api_route *route, help_option each, void *data)
{
    for (const struct api_field *field = route->body; field && field->name; field++)
        field_option(route, field, each, data);
    for (const struct api_field *field = route->query; field && field->name; field++)
        field_option(route, field, each, data);
    for (const struct local_option *local = local_options; local->option; local++) {
        _cleanup_buf_ struct buf option = {0};

        if (!local_option_applies(local, route))
            continue;
        if (local->letter)
            buf_printf(&option, "%s, ", local->letter);
        buf_add_text(&option, local->option);
        if (local->value)
            buf_printf(&option, " %s", local->value);
        each(option.data, local->help, data);
    }
}

enum { OPTION_COLUMN = 28, LINE_WIDTH = 79 };

/* Up to the next space that is in no brackets. */
static size_t word_length(const char *words)
{
    unsigned depth = 0;
    size_t length = 0;

    for (; words[length] && (words[length] != ' ' || depth > 0); length++) {
        depth += words[length] == '[';
        depth -= words[length] == ']' && depth > 0;
    }
    return length;
}

/* The words of a line whose first `column` columns are there; further lines begin at `indent`. */
static void add_wrapped(const char *words, size_t column, unsigned indent, struct buf *text)
{
    for (bool first = true; *words; first = false) {
        size_t length = word_length(words);

        if (!first && column + 1 + length > LINE_WIDTH) {
            buf_printf(text, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            buf_add_char(text, ' ');
            column++;
        }
        buf_add(text, words, length);
        column += length;
        words += length + (words[length] == ' ');
    }
    buf_add_char(text, '\n');
}

static void option_line(const char *option, const char *help, void *data)
{
    unsigned indent = OPTION_COLUMN + 3;
    struct buf *text = data;

    if (strlen(option) < OPTION_COLUMN)
        buf_printf(text, "  %-*s ", OPTION_COLUMN, option);
    else
        buf_printf(text, "  %s\n%*s", option, (int)indent, "");
    add_wrapped(help, indent, indent, text);
}

static void global_lines(struct buf *text)
{
    buf_add_text(text, "\nOptions of every command:\n");
    for (const struct global_option *global = global_options; global->option; global++) {
        _cleanup_buf_ struct buf option = {0};

        buf_add_text(&option, global->option);
        if (global->value)
            buf_printf(&option, " %s", global->value);
        option_line(option.data, global->help, text);
    }
}

/* ---- pages ---- */

static void count_line(const char *option, const char *help, void *data)
{
    size_t *count = data;

    (void)option;
    (void)help;
    ++*count;
}

void help_command(const struct api_route *route, struct buf *text)
{
    _cleanup_buf_ struct buf usage = {0};
    size_t options = 0;

    add_words(route, text);
    buf_printf(text, ": %s\n\n  ", route->help);
    help_usage(route, &usage);
    add_wrapped(usage.data, 2, 6, text);
    help_each_option(route, count_line, &options);
    if (options > 0)
        buf_add_text(text, "\nOptions:\n");
    help_each_option(route, option_line, text);
    global_lines(text);
}

enum { COMMAND_COLUMN = 44 };

static void command_line(const struct api_route *route, struct buf *text)
{
    _cleanup_buf_ struct buf words = {0};
    const struct api_field *field;
    const char *word;
    char name[32];

    add_words(route, &words);
    for (size_t i = 0; (word = request_word(route, i, &field, name)); i++)
        buf_printf(&words, " %s", word);
    buf_printf(text, "  %-*s %s\n", COMMAND_COLUMN, words.data, route->help);
}

void help_noun(const char *noun, struct buf *text)
{
    const struct api_route *route;

    for (size_t i = 0; (route = command_of_noun(noun, i)); i++)
        command_line(route, text);
    /* "firewall check" belongs to "firewall". */
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        route = api_route(i);
        if (!route->browser && text_starts_with(route->noun, noun) &&
            route->noun[strlen(noun)] == ' ')
            command_line(route, text);
    }
    buf_printf(text, "\nwarren %s VERB --help says more.\n", noun);
}

void help_all(struct buf *text)
{
    buf_add_text(text, "warren: instances, peers and profiles of this VPN hub\n\n");
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (!api_route(i)->browser)
            command_line(api_route(i), text);
    buf_add_text(text, "\nINSTANCE and PEER are a name or an id. warren NOUN VERB --help says "
                       "more.\n");
    global_lines(text);
    buf_add_text(text, "\nExit status: 0 done, 1 refused, 2 wrong usage, 3 hub not reachable.\n");
}
