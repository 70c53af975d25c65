/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the program: the connection, where to write, how. */
#pragma once

#include "hub/cli/connection.h"
#include "hub/cli/globals.h"
#include "hub/cli/request.h"
#include "hub/cli/screen.h"

enum { SESSION_TIMEOUT_MS = 60 * 1000, FOLLOW_PATIENCE_MS = 60 * 1000 };

struct session {
    const struct globals *globals;
    const struct request *request;
    struct connection connection;
    struct screen out, err;
    int timeout_ms; /* for an answer; 0 = SESSION_TIMEOUT_MS */
};

/* The answer's body (a new reference; the ETag put in as "etag") when the hub did it; else the
 * complaint was printed. ret_status may be NULL. */
enum cli_exit session_ask(struct session *session, const struct request *request, int *ret_status,
                          json_t **ret_body);
/* The problem of an answer, printed. */
enum cli_exit session_refused(struct session *session, const json_t *body);
enum cli_exit session_unreachable(struct session *session);
void session_print_json(struct session *session, const json_t *value, bool one_line);

/* After an instance was added: prints its steps until it is active (CLI_DONE) or failed.
 * *body is replaced by its last state. */
enum cli_exit instance_wait(struct session *session, json_t **body);

/* Prints events as they come. A stream that ends is taken up again where it was, for as long as a
 * restart of the hub may take; ends after `patience_ms` without a hub. */
enum cli_exit event_follow(struct session *session, int patience_ms);
