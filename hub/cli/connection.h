/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hub's socket: one JSON object a line, there and back. */
#pragma once

#include <jansson.h>

#include "hub/base/buf.h"

enum { CONNECTION_ERROR_MAX = 400 };

struct connection {
    int fd;
    struct buf received;
    char error[CONNECTION_ERROR_MAX]; /* for people, when a call failed */
};

/* -errno and connection->error. */
int connection_open(struct connection *connection, const char *path);
void connection_done(struct connection *connection);
#define _cleanup_connection_ __attribute__((cleanup(connection_done)))

int connection_send(struct connection *connection, const json_t *request);
/* Waits at most `timeout_ms` (-1 = for ever) for the next line; a new reference. */
int connection_receive(struct connection *connection, int timeout_ms, json_t **ret_answer);
