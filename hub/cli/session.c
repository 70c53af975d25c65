/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/session.h"

#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/cli/complaint.h"
#include "hub/cli/show.h"

enum cli_exit session_unreachable(struct session *session)
{
    fputs("warren: ", stderr);
    screen_print(&session->err, COLOR_NONE, session->connection.error);
    fputc('\n', stderr);
    return CLI_UNREACHABLE;
}

/* On a terminal even what JSON allows is cleaned: DEL and what follows it. */
void session_print_json(struct session *session, const json_t *value, bool one_line)
{
    size_t layout = one_line ? JSON_COMPACT : JSON_INDENT(2);
    _cleanup_free_ char *text = json_dumps(value, layout | JSON_ENCODE_ANY);

    if (!text)
        return;
    if (session->out.terminal)
        screen_print(&session->out, COLOR_NONE, text);
    else
        fputs(text, session->out.stream);
    fputc('\n', session->out.stream);
}

enum cli_exit session_refused(struct session *session, const json_t *body)
{
    if (session->globals->json)
        session_print_json(session, body, false);
    else if (json_object_get(body, "changes"))
        show_dry_run(&session->out, body);
    complaint_print(&session->err, session->request, body);
    return CLI_REFUSED;
}

enum cli_exit session_ask(struct session *session, const struct request *request, int *ret_status,
                          json_t **ret_body)
{
    json_t *wire = request_to_json(request), *answer = NULL, *body, *etag, *changes;
    int error = connection_send(&session->connection, wire), status;

    json_decref(wire);
    if (!error)
        error = connection_receive(&session->connection,
                                   session->timeout_ms ? session->timeout_ms : SESSION_TIMEOUT_MS,
                                   &answer);
    if (error)
        return session_unreachable(session);
    status = (int)json_integer_value(json_object_get(answer, "status"));
    body = json_incref(json_object_get(answer, "body"));
    etag = json_incref(json_object_get(answer, "etag"));
    changes = json_incref(json_object_get(answer, "changes"));
    json_decref(answer);
    if (status < 200 || status > 299) {
        enum cli_exit refused = session_refused(session, body);

        json_decref(body);
        json_decref(etag);
        json_decref(changes);
        return refused;
    }
    if (ret_status)
        *ret_status = status;
    *ret_body = body ? body : json_object();
    if (etag)
        json_object_set(*ret_body, "etag", etag);
    if (changes)
        json_object_set(*ret_body, "changes", changes);
    json_decref(etag);
    json_decref(changes);
    return CLI_DONE;
}
