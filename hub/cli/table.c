/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/table.h"

#include <string.h>

#include "hub/base/buf.h"

enum { COLUMNS_MAX = 24, GAP = 2 };

static enum screen_color write_cell(const struct column *column, const json_t *object,
                                    struct buf *text)
{
    struct buf raw = {0};
    const json_t *value = cell_value(object, column->path);
    enum screen_color color = (column->write ? column->write : cell_plain)(value, &raw);

    screen_clean(text, raw.data ? raw.data : "", false, false);
    buf_done(&raw);
    return color;
}

static void pad(const struct screen *screen, size_t columns)
{
    fprintf(screen->stream, "%*s", (int)columns, "");
}

static size_t measure(const struct column *column, const json_t *items)
{
    size_t widest = screen_width(column->title), index;
    json_t *item;

    json_array_foreach((json_t *)items, index, item)
    {
        _cleanup_buf_ struct buf text = {0};
        size_t width;

        write_cell(column, item, &text);
        width = screen_width(text.data ? text.data : "");
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* The last column is not padded: no white space at the end of a line. */
static void print_cell(const struct screen *screen, enum screen_color color, const char *text,
                       size_t width, bool last)
{
    screen_print(screen, color, text);
    if (!last)
        pad(screen, width - screen_width(text) + GAP);
}

void table_print(const struct screen *screen, const struct column *columns, const json_t *items)
{
    size_t widths[COLUMNS_MAX], count = 0, index;
    json_t *item;

    for (; columns[count].title && count < COLUMNS_MAX; count++)
        widths[count] = measure(&columns[count], items);
    for (size_t i = 0; i < count; i++)
        print_cell(screen, COLOR_TITLE, columns[i].title, widths[i], i + 1 == count);
    fputc('\n', screen->stream);
    json_array_foreach((json_t *)items, index, item)
    {
        for (size_t i = 0; i < count; i++) {
            _cleanup_buf_ struct buf text = {0};
            enum screen_color color = write_cell(&columns[i], item, &text);

            print_cell(screen, color, text.data ? text.data : "", widths[i], i + 1 == count);
        }
        fputc('\n', screen->stream);
    }
}

void table_print_object(const struct screen *screen, const struct column *columns,
                        const json_t *object)
{
    size_t widest = 0;

    for (const struct column *column = columns; column->title; column++)
        if (cell_value(object, column->path) && strlen(column->title) > widest)
            widest = strlen(column->title);
    for (const struct column *column = columns; column->title; column++) {
        _cleanup_buf_ struct buf text = {0};
        enum screen_color color;

        if (!cell_value(object, column->path))
            continue;
        color = write_cell(column, object, &text);
        screen_print(screen, COLOR_DIM, column->title);
        fputc(':', screen->stream);
        pad(screen, widest - strlen(column->title) + 1);
        screen_print(screen, color, text.data ? text.data : "");
        fputc('\n', screen->stream);
    }
}
