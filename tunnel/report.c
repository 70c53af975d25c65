/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/report.h"

#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

/* Left out when there is no room for it. */
static void name_part(struct verb_applied *applied, const char *what)
{
    const char *separator = applied->detail[0] ? ", " : "";
    _cleanup_free_ char *text = text_format("%s%s%s", applied->detail, separator, what);

    (void)text_copy(applied->detail, sizeof(applied->detail), text);
}

void report_part(struct report *report, int r, const char *what)
{
    struct verb_applied *applied = report->applied;

    if (applied->status < 0)
        return;
    if (r < 0) {
        applied->status = r;
        snprintf(applied->detail, sizeof(applied->detail), "%s: %s", what, strerror(-r));
    } else if (applied->writes > report->told) {
        name_part(applied, what);
    }
    report->told = applied->writes;
}
