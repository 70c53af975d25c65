/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel to the engine: requests go there, answers and events come back to connections. */
#pragma once

#include "webui/connection.h"
#include "webui/credential.h"
#include "webui/target.h"

/* An engine was started: owns `fd`. Who still waits for the one before is told that it is gone. */
void engine_link_open(struct web *web, int fd);
void engine_link_close(struct web *web);

/* Hands the request over; the connection waits. -ENOTCONN: no engine, -EAGAIN: it is behind. */
int engine_link_ask(struct connection *connection, const struct http_head *head,
                    const struct target *target, const struct credential *credential,
                    const char *body);
/* Nobody waits for the answer any more. */
void engine_link_gone(struct web *web, uint32_t number);
