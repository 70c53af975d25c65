/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_chunk(struct buf *chunk, const char *text)
{
    buf_printf(chunk, "%zx\r\n%s\r\n", strlen(text), text);
}

void stream_begin(struct connection *connection)
{
    struct answer answer = {.status = 200, .media_type = "text/event-stream"};
    __attribute__((cleanup(buf_done))) struct buf chunk = {0};

    connection_begin_stream(connection, &answer);
    if (connection->state != CONNECTION_STREAMS)
        return;
    /* ms until a browser that lost us tries again */
    add_chunk(&chunk, "retry: 2000\n\n");
    connection_send_chunk(connection, &chunk);
}

void stream_end(struct connection *connection)
{
    static const char last[] = "0\r\n\r\n";

    connection_end_stream(connection, last, strlen(last));
}

void stream_make_chunk(struct buf *chunk, uint64_t id, const char *text, size_t size)
{
    char head[64];
    int length = snprintf(head, sizeof(head), "id: %" PRIu64 "\ndata: ", id);

    buf_reserve(chunk, size + 128);
    buf_printf(chunk, "%zx\r\n%s", (size_t)length + size + 2, head);
    buf_add(chunk, text, size);
    buf_add_text(chunk, "\n\n\r\n");
}

void streams_beat(struct web *web)
{
    __attribute__((cleanup(buf_done))) struct buf chunk = {0};

    add_chunk(&chunk, ":\n\n");
    for (unsigned i = 0; i < WEB_CONNECTIONS_MAX; i++)
        if (web->places[i] && web->places[i]->state == CONNECTION_STREAMS)
            connection_send_chunk(web->places[i], &chunk);
}
