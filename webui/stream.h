/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Server-sent events (HTML, 9.2), in chunks: one is made for all streams that it goes to. */
#pragma once

#include "webui/connection.h"

void stream_begin(struct connection *connection);
/* The last chunk, and the connection with it. */
void stream_end(struct connection *connection);
/* Pure. `text` is JSON, in one line. */
void stream_make_chunk(struct buf *chunk, uint64_t id, const char *text, size_t size);
/* To all of them: the way between stays open, and a client that is gone is noticed. */
void streams_beat(struct web *web);
