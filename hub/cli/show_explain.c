/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show_explain.h"

#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"

static size_t widest_title(const json_t *steps)
{
    size_t widest = 0, index;
    json_t *step;

    json_array_foreach((json_t *)steps, index, step)
    {
        size_t width = screen_width(cell_text(step, "title"));

        widest = width > widest ? width : widest;
    }
    return widest;
}

static void print_holds(const struct screen *screen, const char *holds)
{
    if (text_equal(holds, "yes"))
        screen_print(screen, COLOR_GOOD, "yes    ");
    else if (text_equal(holds, "no"))
        screen_print(screen, COLOR_BAD, "NO     ");
    else
        screen_print(screen, COLOR_BUSY, "unknown");
}

static void print_step(const struct screen *screen, const json_t *step, size_t widest, bool broken)
{
    const char *title = cell_text(step, "title");

    screen_print(screen, broken ? COLOR_BAD : COLOR_NONE, broken ? "-> " : "   ");
    screen_print(screen, broken ? COLOR_BAD : COLOR_TITLE, title);
    fprintf(screen->stream, "%*s", (int)(widest - screen_width(title) + 2), "");
    print_holds(screen, cell_text(step, "holds"));
    fputs("  ", screen->stream);
    screen_print(screen, broken ? COLOR_BAD : COLOR_NONE, cell_text(step, "text"));
    fputc('\n', screen->stream);
}

static void print_mend(const struct screen *screen, const json_t *step, size_t widest)
{
    const char *mend = cell_text(step, "mend"), *command = cell_text(step, "command");
    int indent = (int)widest + 14;

    if (*mend)
        screen_say(screen, "%*sto mend it: %s", indent, "", mend);
    if (*command)
        screen_say(screen, "%*s%s", indent, "", command);
}

static void print_end(const json_t *end, struct buf *text)
{
    const char *peer = cell_text(end, "peer");

    buf_add_text(text, cell_text(end, "address"));
    if (*peer)
        buf_printf(text, " (%s)", peer);
}

static void print_question(const struct screen *screen, const json_t *body)
{
    _cleanup_buf_ struct buf text = {0};
    const json_t *port = json_object_get(body, "port");

    print_end(json_object_get(body, "from"), &text);
    buf_add_text(&text, " to ");
    print_end(json_object_get(body, "to"), &text);
    buf_printf(&text, ", %s", cell_text(body, "protocol"));
    if (json_is_integer(port))
        buf_printf(&text, " %d", (int)json_integer_value(port));
    screen_say(screen, "%s", text.data);
}

void show_explain(const struct screen *screen, const json_t *body)
{
    const json_t *steps = json_object_get(body, "steps");
    const char *broken = cell_text(body, "broken");
    size_t widest = widest_title(steps), index;
    json_t *step;

    print_question(screen, body);
    json_array_foreach((json_t *)steps, index, step)
    {
        print_step(screen, step, widest, *broken && text_equal(cell_text(step, "step"), broken));
        print_mend(screen, step, widest);
    }
    screen_print(screen, *broken ? COLOR_BAD : COLOR_GOOD,
                 *broken ? "It breaks where the arrow is."
                         : "Nothing that the hub knows of is in the way.");
    fputc('\n', screen->stream);
}
