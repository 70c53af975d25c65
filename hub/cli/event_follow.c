/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the events of a hub, also over its restarts. */
#include <errno.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/run.h"
#include "hub/cli/session.h"
#include "hub/cli/show.h"

enum { RECONNECT_MS = 500 };

struct follower {
    struct session *session;
    char since[TIME_TEXT_MAX]; /* no event was seen yet: what is older was not asked for */
    bool seen;
    bool reader_gone;
};

static void print_event(struct follower *follower, const json_t *event)
{
    struct session *session = follower->session;
    const json_t *id = json_object_get(event, "id");
    const char *at = json_string_value(json_object_get(event, "at"));

    if (!follower->seen && *follower->since && at && strcmp(at, follower->since) < 0)
        return;
    if (json_is_integer(id)) {
        follower->seen = true;
        json_object_set_new(session->request->query, "after",
                            json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(id)));
    }
    if (session->globals->json)
        session_print_json(session, event, true);
    else
        show_event(&session->out, event);
    follower->reader_gone = fflush(session->out.stream) != 0;
}

/* Until the stream ends: -errno; 0 when nobody reads any more. */
static int print_events(struct follower *follower)
{
    int error = 0;

    while (!error && !follower->reader_gone) {
        json_t *line = NULL;

        error = connection_receive(&follower->session->connection, -1, &line);
        if (!error)
            print_event(follower, json_object_get(line, "event"));
        json_decref(line);
    }
    return error;
}

/* Asks for the stream. 0 with the hub's answer, -errno. */
static int ask(struct session *session, int timeout_ms, json_t **ret_answer)
{
    json_t *wire = request_to_json(session->request);
    int error = connection_send(&session->connection, wire);

    json_decref(wire);
    return error ? error : connection_receive(&session->connection, timeout_ms, ret_answer);
}

static int status_of(const json_t *answer)
{
    return (int)json_integer_value(json_object_get(answer, "status"));
}

static enum cli_exit refused(struct session *session, json_t *answer)
{
    enum cli_exit result = session_refused(session, json_object_get(answer, "body"));

    json_decref(answer);
    return result;
}

static void note_end(struct follower *follower)
{
    struct session *session = follower->session;

    fputs("warren: warning: the hub ended the stream of events; waiting for it to come back\n",
          session->err.stream);
    if (follower->seen || *follower->since || json_object_get(session->request->query, "after"))
        return;
    time_format(clock_seconds(), follower->since);
    json_object_set_new(session->request->query, "after", json_string("0"));
}

/* One attempt to take the stream up again: 0 with an answer that is not "not now". */
static int reconnect(struct session *session, uint64_t end, json_t **ret_answer)
{
    int error, left_ms;

    usleep(RECONNECT_MS * 1000);
    connection_done(&session->connection);
    error = connection_open(&session->connection, run_socket(session->globals));
    if (error)
        return error;
    left_ms = (int)(((int64_t)end - (int64_t)clock_monotonic_us()) / 1000);
    error = ask(session, left_ms > 0 ? left_ms : 0, ret_answer);
    if (error || status_of(*ret_answer) != 503)
        return error;
    json_decref(*ret_answer);
    *ret_answer = NULL;
    snprintf(session->connection.error, sizeof(session->connection.error),
             "the hub is there, but not ready");
    return -EAGAIN;
}

static int await_hub(struct follower *follower, int patience_ms, json_t **ret_answer)
{
    uint64_t end = clock_monotonic_us() + (uint64_t)patience_ms * 1000;
    int error;

    note_end(follower);
    do
        error = reconnect(follower->session, end, ret_answer);
    while (error && clock_monotonic_us() < end);
    return error;
}

enum cli_exit event_follow(struct session *session, int patience_ms)
{
    struct follower follower = {.session = session};
    json_t *answer = NULL;
    int error = ask(session, SESSION_TIMEOUT_MS, &answer);

    while (!error) {
        if (status_of(answer) != 200)
            return refused(session, answer);
        json_decref(answer);
        answer = NULL;
        error = print_events(&follower);
        if (!error)
            return CLI_DONE;
        error = await_hub(&follower, patience_ms, &answer);
    }
    return session_unreachable(session);
}
