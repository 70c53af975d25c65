/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/answer_watch.h"

#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/base/text.h"

static const char *wanted(void)
{
    static const char *mode;
    static bool known;
    if (!known)
        mode = getenv("WARREN_CHECK_ANSWERS");
    known = true;
    return mode;
}

static void complain(const char *method, const char *path, int status, const char *wrong)
{
    log_error("api: %s %s, status %d: not as the API's tables say: %s", method, path, status,
              wrong);
    if (text_equal(wanted(), "abort"))
        abort();
}

void answer_watch(const struct api_route *route, bool dry_run, int status, const json_t *body)
{
    char wrong[API_ANSWER_WRONG_MAX];
    if (wanted() && !api_answer_check(route, dry_run, status, body, wrong))
        complain(route ? api_method_name(route->method) : "?", route ? route->path : "?", status,
                 wrong);
}

void answer_watch_text(const struct api_route *route, int status, const char *text, size_t size)
{
    if (!wanted())
        return;
    json_t *body = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    answer_watch(route, false, status, body);
    json_decref(body);
}

void answer_watch_event(const json_t *event)
{
    char wrong[API_ANSWER_WRONG_MAX];
    if (wanted() && !api_event_check(event, wrong))
        complain("event of", "a stream", 200, wrong);
}
