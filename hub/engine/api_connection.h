/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client of the socket: lines in, lines out, one request at a time. */
#pragma once

#include "hub/engine/api_server.h"

struct api_connection;

/* Called from the event loop alone, never amid a call of the connection's functions. */
typedef void (*api_connection_closed)(struct api_connection *connection, void *data);

/* Takes over the descriptor. */
int api_connection_new(struct engine *engine, int fd, api_connection_closed closed, void *data,
                       struct api_connection **ret_connection);
struct api_connection *api_connection_free(struct api_connection *connection);
