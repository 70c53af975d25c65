/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done with a request that has all come: a file, the engine, another place. */
#pragma once

#include "webui/connection.h"

void request_take(struct connection *connection, const struct http_head *head, const char *body);
