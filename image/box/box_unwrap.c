/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "image/box/box.h"

struct line {
    const char *text;
    size_t length;
};

static bool next_line(const char **rest, const char *end, struct line *ret_line)
{
    if (*rest == end)
        return false;
    const char *newline = memchr(*rest, '\n', (size_t)(end - *rest));
    *ret_line = (struct line){*rest, (size_t)((newline ? newline : end) - *rest)};
    *rest = newline ? newline + 1 : end;
    if (ret_line->length > 0 && ret_line->text[ret_line->length - 1] == '\r')
        ret_line->length--;
    return true;
}

static bool is(const struct line *line, const char *text)
{
    return line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
}

static size_t indent_of(const struct line *line)
{
    size_t indent = 0;

    while (indent < line->length && line->text[indent] == ' ')
        indent++;
    return indent;
}

/* A block of YAML: what is indented as its first line is. */
static void take_block(const char **rest, const char *end, struct buf *ret_seed)
{
    size_t indent = 0;

    for (struct line line; next_line(rest, end, &line);) {
        size_t here = indent_of(&line);
        if (here == line.length) {
            buf_add_char(ret_seed, '\n');
            continue;
        }
        if (here == 0 || here < indent)
            return;
        if (indent == 0)
            indent = here;
        buf_add(ret_seed, line.text + indent, line.length - indent);
        buf_add_char(ret_seed, '\n');
    }
}

int box_unwrap(const char *text, size_t size, struct buf *ret_seed)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* that some editors begin a text with */
    size_t skipped = size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    const char *rest = text + skipped, *end = text + size;
    struct line line;

    if (!next_line(&rest, end, &line))
        return -ENOENT;
    if (is(&line, "#warren-seed")) {
        buf_add(ret_seed, text + skipped, size - skipped);
        return 0;
    }
    if (!is(&line, "#cloud-config"))
        return -ENOENT;
    while (next_line(&rest, end, &line)) {
        if (!is(&line, "warren_seed: |") && !is(&line, "warren_seed: |-"))
            continue;
        take_block(&rest, end, ret_seed);
        return ret_seed->length > 0 ? 0 : -ENOENT;
    }
    return -ENOENT;
}
