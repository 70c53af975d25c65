/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where people read: colour only on a terminal, no control characters, widths in columns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hub/base/buf.h"

enum screen_color { COLOR_NONE, COLOR_GOOD, COLOR_BAD, COLOR_BUSY, COLOR_DIM, COLOR_TITLE };

struct screen {
    FILE *stream;
    bool terminal;
    bool color;
};

/* Makes widths of characters known, whatever the locale; once. */
void screen_init(void);
struct screen screen_of(FILE *stream, bool no_color);

/* Copies text without control characters and without what turns the direction of writing; line
 * ends stay with `lines`, colour sequences (ESC [ ... m) with `colors`. */
void screen_clean(struct buf *target, const char *text, bool lines, bool colors);
/* Columns on a terminal. */
size_t screen_width(const char *text);
/* Columns of the widest line; colour sequences take none. */
size_t screen_columns(const char *lines);
/* Columns that there are; 0 = nobody knows. */
size_t screen_room(const struct screen *screen);
/* Cleaned, coloured where colours are on. */
void screen_print(const struct screen *screen, enum screen_color color, const char *text);
/* A line, cleaned. */
void screen_say(const struct screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
