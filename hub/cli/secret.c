/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/text.h"
#include "hub/cli/hidden_input.h"

enum { SECRET_MAX = 1026 };

/* Without its line end. */
static int read_line(char line[static SECRET_MAX])
{
    if (!fgets(line, SECRET_MAX, stdin))
        return -EINVAL;
    line[strcspn(line, "\r\n")] = 0;
    return *line ? 0 : -EINVAL;
}

static int ask(const char *what, const char *name, char line[static SECRET_MAX])
{
    if (!isatty(STDIN_FILENO))
        return read_line(line);
    hidden_input_begin(STDIN_FILENO);
    fprintf(stderr, "%s%s: ", what, name);
    fflush(stderr);
    int r = read_line(line);
    hidden_input_end();
    fputc('\n', stderr);
    return r;
}

static int read_one(struct request *request, const struct api_field *field, char *error)
{
    char line[SECRET_MAX], again[SECRET_MAX];
    bool twice = text_equal(field->name, "password") && isatty(STDIN_FILENO);
    int r = ask("", field->name, line);

    if (r < 0)
        snprintf(error, CLI_ERROR_MAX,
                 "%s is missing: type it, or give it as a line of the standard input", field->name);
    if (r == 0 && twice && (ask("again, ", field->name, again) < 0 || !text_equal(line, again))) {
        snprintf(error, CLI_ERROR_MAX, "the second time it was something else");
        r = -EINVAL;
    }
    if (r == 0 && !text_is_printable(line, NULL)) {
        snprintf(error, CLI_ERROR_MAX, "%s must be printable text in UTF-8", field->name);
        r = -EINVAL;
    }
    if (r == 0)
        json_object_set_new(request->body, field->name, json_string(line));
    explicit_bzero(line, sizeof(line));
    explicit_bzero(again, sizeof(again));
    return r;
}

int secret_read_all(struct request *request, char error[static CLI_ERROR_MAX])
{
    int r = 0;

    for (const struct api_field *field = request->route->body; r == 0 && field && field->name;
         field++)
        if (field->flags & API_SECRET && field->flags & API_REQUIRED)
            r = read_one(request, field, error);
    return r;
}
