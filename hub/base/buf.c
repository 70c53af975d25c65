/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    if (buf->data)
        buf->data[0] = 0;
}

void buf_reserve(struct buf *buf, size_t more)
{
    if (more >= SIZE_MAX / 2 - buf->length)
        abort();

    size_t wanted = buf->length + more + 1;
    if (wanted <= buf->size)
        return;

    size_t size = buf->size ? buf->size : 64;
    while (size < wanted)
        size *= 2;
    buf->data = realloc(buf->data, size);
    if (!buf->data)
        abort();
    buf->size = size;
    buf->data[buf->length] = 0;
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
    buf_reserve(buf, size);
    if (size)
        memcpy(buf->data + buf->length, data, size);
    buf->length += size;
    buf->data[buf->length] = 0;
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    /* Mostly there is room. */
    int length = vsnprintf(buf->data ? buf->data + buf->length : NULL, buf->size - buf->length,
                           format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();

    if ((size_t)length >= buf->size - buf->length) {
        buf_reserve(buf, (size_t)length);
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    buf->length += (size_t)length;
}

void buf_consume(struct buf *buf, size_t count)
{
    if (count >= buf->length) {
        buf_clear(buf);
        return;
    }
    buf->length -= count;
    memmove(buf->data, buf->data + count, buf->length + 1);
}

char *buf_take(struct buf *buf)
{
    char *text = buf->data ? TAKE_PTR(buf->data) : text_duplicate("");

    *buf = (struct buf){0};
    return text;
}
