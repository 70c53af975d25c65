/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show_traffic.h"

#include "hub/base/buf.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"

enum { COLUMNS = 60, LEVELS = 8 };

/* A column of the line: the mean of its points, a second. */
struct column_value {
    double rate;
    size_t known;
};

struct line {
    struct column_value columns[COLUMNS];
    size_t count;
    double most, total;
};

static void measure(const json_t *points, double step, struct line *line)
{
    size_t count = json_array_size(points);

    line->count = count < COLUMNS ? count : COLUMNS;
    for (size_t i = 0; i < count; i++) {
        struct column_value *column = &line->columns[i * line->count / count];
        const json_t *point = json_array_get(points, i);

        if (!json_is_integer(point))
            continue;
        column->rate += (double)json_integer_value(point) / step;
        column->known++;
        line->total += (double)json_integer_value(point);
    }
    for (size_t i = 0; i < line->count; i++) {
        struct column_value *column = &line->columns[i];

        if (column->known)
            column->rate /= (double)column->known;
        if (column->rate > line->most)
            line->most = column->rate;
    }
}

static void draw(const struct line *line, double most, struct buf *text)
{
    static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

    for (size_t i = 0; i < line->count; i++) {
        const struct column_value *column = &line->columns[i];
        size_t level = most > 0 ? (size_t)(column->rate / most * (LEVELS - 1) + 0.5) : 0;

        buf_add_text(text, !column->known ? " " : column->rate > 0 ? blocks[level] : "·");
    }
}

static void add_bytes(double bytes, struct buf *text)
{
    json_t *number = json_integer((json_int_t)bytes);

    cell_bytes(number, text);
    json_decref(number);
}

static void show_line(const struct screen *screen, const char *title, const struct line *line,
                      double most)
{
    _cleanup_buf_ struct buf text = {0};

    buf_printf(&text, "%-8s ", title);
    draw(line, most, &text);
    buf_add_text(&text, "  ");
    add_bytes(line->total, &text);
    buf_add_text(&text, ", at most ");
    add_bytes(line->most, &text);
    buf_add_text(&text, "/s");
    screen_say(screen, "%s", text.data);
}

void show_traffic(const struct screen *screen, const json_t *traffic)
{
    struct line received = {0}, sent = {0};
    const char *span = json_string_value(json_object_get(traffic, "span"));
    const char *from = json_string_value(json_object_get(traffic, "from"));
    double step = (double)json_integer_value(json_object_get(traffic, "step"));
    double most;

    if (step < 1)
        step = 1;
    measure(json_object_get(traffic, "rx"), step, &received);
    measure(json_object_get(traffic, "tx"), step, &sent);
    most = received.most > sent.most ? received.most : sent.most;
    screen_say(screen, "%s, from %s", span ? span : "?", from ? from : "?");
    show_line(screen, "received", &received, most);
    show_line(screen, "sent", &sent, most);
}
