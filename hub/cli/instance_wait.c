/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows a new instance through its steps. */
#include <stdlib.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/session.h"
#include "hub/cli/shell_quote.h"

enum { POLL_MS = 50, WAIT_MAX_MS = 30 * 1000 };

static void print_line(struct session *session, enum screen_color color, const char *start,
                       const char *end)
{
    if (session->globals->json)
        return;
    screen_print(&session->out, COLOR_NONE, start);
    screen_print(&session->out, color, end);
    fputc('\n', session->out.stream);
    fflush(session->out.stream);
}

/* Prints the flags that were set since `seen`, once each. */
static void print_steps(struct session *session, const json_t *body, json_t *seen)
{
    const char *flag;
    json_t *set;

    json_object_foreach(json_object_get(body, "ready"), flag, set)
    {
        const char *end = strstr(flag, "_ready");
        _cleanup_free_ char *line = NULL;

        if (!json_is_true(set) || json_object_get(seen, flag))
            continue;
        json_object_set_new(seen, flag, json_true());
        line = text_format("%.*s ... ", (int)(end ? end - flag : (long)strlen(flag)), flag);
        print_line(session, COLOR_GOOD, line, end ? "ready" : "done");
    }
}

static const char *failure_of(const json_t *body)
{
    json_t *pending;
    size_t index;

    json_array_foreach(json_object_get(body, "pending"), index, pending)
    {
        const char *reason = json_string_value(json_object_get(pending, "reason"));

        if (reason)
            return reason;
    }
    return "the hub does not say why";
}

static enum cli_exit give_up(struct session *session, const char *name, const char *why)
{
    _cleanup_free_ char *word = shell_quote(name);
    _cleanup_free_ char *line = text_format(
        "warren: instance \"%s\" is not active: %s\nwarren: the instance stays, and the "
        "hub goes on trying; see: warren instance show %s\n",
        name, why, word);

    screen_print(&session->err, COLOR_NONE, line);
    return CLI_REFUSED;
}

static void print_active(struct session *session, const char *name)
{
    _cleanup_free_ char *word = shell_quote(name);
    _cleanup_free_ char *start = text_format("instance \"%s\" is ", name);
    _cleanup_free_ char *next = text_format("Next: warren peer add %s laptop --client\n", word);

    print_line(session, COLOR_GOOD, start, "active");
    if (!session->globals->json)
        screen_print(&session->out, COLOR_NONE, next);
}

/* CLI_DONE with *ret_ended when there is nothing more to wait for. */
static enum cli_exit look(struct session *session, json_t **body, json_t *seen, bool *ret_ended)
{
    const char *state, *name;

    print_steps(session, *body, seen);
    state = json_string_value(json_object_get(*body, "state"));
    name = json_string_value(json_object_get(*body, "name"));
    *ret_ended = true;
    if (state && name && text_equal(state, "failed"))
        return give_up(session, name, failure_of(*body));
    if (state && name && text_equal(state, "active")) {
        print_active(session, name);
        return CLI_DONE;
    }
    *ret_ended = false;
    return CLI_DONE;
}

enum cli_exit instance_wait(struct session *session, json_t **body)
{
    _cleanup_free_ char *id = text_duplicate(json_string_value(json_object_get(*body, "id")));
    struct request request = {.route = api_route(ROUTE_INSTANCE_GET), .parameters = {id}};
    uint64_t end = clock_monotonic_us() + (uint64_t)WAIT_MAX_MS * 1000;
    json_t *seen = json_object();
    enum cli_exit result = CLI_DONE;
    bool ended = !id;

    while (!ended && result == CLI_DONE) {
        json_t *now = NULL;

        result = session_ask(session, &request, NULL, &now);
        if (result != CLI_DONE)
            break;
        json_decref(*body);
        *body = now;
        result = look(session, body, seen, &ended);
        if (!ended && clock_monotonic_us() > end) {
            result = give_up(session, id, "it takes longer than 30 s");
            ended = true;
        }
        if (!ended)
            usleep(POLL_MS * 1000);
    }
    json_decref(seen);
    return result;
}
