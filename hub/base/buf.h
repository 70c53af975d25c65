/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte buffer, always 0-terminated once written to. Out of memory aborts. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;
    size_t length;
    size_t size;
};

void buf_done(struct buf *buf);
void buf_clear(struct buf *buf);
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
/* Drops `count` bytes from the front. */
void buf_consume(struct buf *buf, size_t count);
char *buf_take(struct buf *buf); /* the text, "" when empty; the buffer is empty after */

#define _cleanup_buf_ __attribute__((cleanup(buf_done)))
