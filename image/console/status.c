/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/console/status.h"

#include <jansson.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define _cleanup_json_ _cleanup_(json_decrefp)

enum { PATH_MAX_WORDS = 3 };

/* A row of the screen, in the order they are shown, and where its text is in the answer. */
static const struct {
    const char *title;
    const char *path[PATH_MAX_WORDS + 1];
} rows[] = {
    {"Region", {"region"}},
    {"Public name", {"public_name"}},
    {"Fingerprint", {"web", "certificate", "fingerprint"}},
    {"Set-up link", {"setup", "link"}},
    {"WireGuard", {"backend"}},
    {"Version", {"version"}},
};

static void add_line(struct buf *text, unsigned width, const char *title, const char *value)
{
    unsigned room = width > 18 ? width - 18 : 1;

    /* What somebody named must not move the cursor. */
    if (!text_is_printable(value, NULL))
        value = "(not printable)";
    buf_printf(text, "  %-14s ", title);
    /* Whole below, if that helps: a link is to be copied. */
    if (strlen(value) > room && strlen(value) + 3 <= width) {
        buf_printf(text, "\n  %s\n", value);
        return;
    }
    for (size_t length = strlen(value); length > room; length -= room, value += room)
        buf_printf(text, "%.*s\n%17s", (int)room, value, "");
    buf_printf(text, "%s\n", value);
}

static void add_rows(struct buf *text, unsigned width, const json_t *status)
{
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const json_t *value = status;
        for (size_t j = 0; rows[i].path[j]; j++)
            value = json_object_get(value, rows[i].path[j]);
        const char *words = json_string_value(value);
        if (words && words[0])
            add_line(text, width, rows[i].title, words);
    }
}

static void add_instances(struct buf *text, unsigned width, const json_t *status)
{
    const json_t *instances = json_object_get(status, "instances");
    json_int_t total = json_integer_value(json_object_get(instances, "total"));
    json_int_t active = json_integer_value(json_object_get(instances, "active"));
    _cleanup_free_ char *value = text_format("%lld, %lld active", total, active);

    add_line(text, width, "Instances", value);
}

void status_write(const char *answer, unsigned width, struct buf *ret_text)
{
    _cleanup_json_ json_t *status = answer ? json_loads(answer, 0, NULL) : NULL;

    if (!json_is_object(status)) {
        add_line(ret_text, width, "Hub", "does not answer (yet)");
        return;
    }
    add_line(ret_text, width, "Hub",
             json_is_true(json_object_get(status, "ready")) ? "ready" : "starting");
    add_rows(ret_text, width, status);
    add_instances(ret_text, width, status);
}
