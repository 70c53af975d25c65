/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/complaint.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/cli/option.h"

/* With several values given for an option, the one that is meant; else NULL. */
static const char *meant_value(const struct request *request, const struct api_field *field,
                               const char *path)
{
    const json_t *list = json_object_get(request->body, field->name);
    const char *bracket = strchr(path, '[');

    if (!bracket || json_array_size(list) < 2)
        return NULL;
    return json_string_value(json_array_get(list, strtoul(bracket + 1, NULL, 10)));
}

static const char texts_start[] = "values.";

static bool takes_texts(const struct api_route *route)
{
    return route->body && route->body->kind == API_TEXTS;
}

static void add_field_name(struct buf *line, const struct request *request, const char *path)
{
    const struct api_field *field = option_field(request->route, path);
    const char *value;

    if (takes_texts(request->route) && text_starts_with(path, texts_start)) {
        buf_add_text(line, path + strlen(texts_start));
        return;
    }
    if (!field || !field->option) {
        buf_add_text(line, path);
        return;
    }
    buf_add_text(line, field->option);
    value = meant_value(request, field, path);
    if (value)
        buf_printf(line, " %s", value);
}

/* "force=yes" of a query is "--force" here; "false" of a field that is said "yes" or "no" is "no",
 * and of one that is said or not, to leave it out. */
static void add_would(struct buf *line, const struct request *request, const struct api_field *of,
                      const char *would)
{
    const char *equals = strchr(would, '=');

    if (of && of->option && text_equal(would, "false")) {
        if (of->value)
            buf_add_text(line, "no");
        else
            buf_printf(line, "without %s", of->option);
        return;
    }

    for (const struct api_field *field = request->route->query; equals && field && field->name;
         field++) {
        if (!field->option || strlen(field->name) != (size_t)(equals - would) ||
            strncmp(field->name, would, (size_t)(equals - would)) != 0)
            continue;
        buf_add_text(line, field->option);
        if (field->value)
            buf_printf(line, " %s", equals + 1);
        return;
    }
    buf_add_text(line, would);
}

static void print_error(const struct screen *screen, const struct request *request,
                        const json_t *error)
{
    const char *field = json_string_value(json_object_get(error, "field"));
    const char *wrong = json_string_value(json_object_get(error, "wrong"));
    const char *would = json_string_value(json_object_get(error, "would"));
    _cleanup_buf_ struct buf line = {0};

    add_field_name(&line, request, field ? field : "?");
    buf_printf(&line, ": %s", wrong ? wrong : "is not right");
    if (would && *would) {
        buf_add_text(&line, " (would do: ");
        add_would(&line, request, option_field(request->route, field ? field : "?"), would);
        buf_add_char(&line, ')');
    }
    screen_print(screen, COLOR_NONE, line.data);
    fputc('\n', screen->stream);
}

void complaint_print(const struct screen *screen, const struct request *request,
                     const json_t *problem)
{
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    const json_t *errors = json_object_get(problem, "errors");
    size_t count = json_array_size(errors), index;
    json_t *error;

    screen_print(screen, COLOR_BAD, "warren: refused: ");
    if (count == 1) {
        print_error(screen, request, json_array_get(errors, 0));
        return;
    }
    if (count > 1) {
        fprintf(screen->stream, "%zu values are not right\n", count);
    } else {
        screen_print(screen, COLOR_NONE, detail ? detail : "the hub does not say why");
        fputc('\n', screen->stream);
    }
    json_array_foreach((json_t *)errors, index, error)
    {
        fputs("  ", screen->stream);
        print_error(screen, request, error);
    }
}
