/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/screen.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "hub/base/cleanup.h"

static const char *const color_codes[] = {
    [COLOR_NONE] = "",         [COLOR_GOOD] = "\033[32m", [COLOR_BAD] = "\033[31m",
    [COLOR_BUSY] = "\033[33m", [COLOR_DIM] = "\033[2m",   [COLOR_TITLE] = "\033[1m",
};

void screen_init(void)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);

    if (utf8)
        uselocale(utf8);
}

struct screen screen_of(FILE *stream, bool no_color)
{
    const char *terminal = getenv("TERM"), *never = getenv("NO_COLOR");
    bool on_terminal = isatty(fileno(stream));

    return (struct screen){
        .stream = stream,
        .terminal = on_terminal,
        .color = on_terminal && !no_color && !(never && *never) && terminal &&
                 strcmp(terminal, "dumb") != 0,
    };
}

/* C0, DEL, C1, and the marks that reorder text. */
static bool is_harmful(wchar_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of "ESC [ digits ; m", 0 when it is something else. */
static size_t color_length(const char *text)
{
    size_t length;

    if (text[0] != '\033' || text[1] != '[')
        return 0;
    length = 2 + strspn(text + 2, "0123456789;");
    return text[length] == 'm' ? length + 1 : 0;
}

void screen_clean(struct buf *target, const char *text, bool lines, bool colors)
{
    mbstate_t state = {0};

    while (*text) {
        size_t color = colors ? color_length(text) : 0;
        wchar_t c;
        size_t length = color ? color : mbrtowc(&c, text, strlen(text), &state);

        if (length == 0 || length > strlen(text)) { /* not UTF-8 */
            buf_add_char(target, '?');
            memset(&state, 0, sizeof(state));
            length = 1;
        } else if (color || !is_harmful(c) || (lines && (c == '\n' || c == '\t'))) {
            buf_add(target, text, length);
        }
        text += length;
    }
}

size_t screen_width(const char *text)
{
    mbstate_t state = {0};
    size_t width = 0;

    while (*text) {
        wchar_t c;
        size_t length = mbrtowc(&c, text, strlen(text), &state);

        if (length == 0 || length > strlen(text)) {
            memset(&state, 0, sizeof(state));
            length = 1;
            width++;
        } else {
            int columns = wcwidth(c);

            width += columns > 0 ? (size_t)columns : 0;
        }
        text += length;
    }
    return width;
}

size_t screen_columns(const char *lines)
{
    _cleanup_buf_ struct buf line = {0};
    size_t widest = 0;

    for (;; lines++) {
        size_t color = color_length(lines);

        if (color) {
            lines += color - 1;
        } else if (*lines && *lines != '\n') {
            buf_add_char(&line, *lines);
        } else {
            size_t width = line.length ? screen_width(line.data) : 0;

            widest = width > widest ? width : widest;
            buf_clear(&line);
            if (!*lines)
                return widest;
        }
    }
}

size_t screen_room(const struct screen *screen)
{
    struct winsize size;

    return screen->terminal && ioctl(fileno(screen->stream), TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                     : 0;
}

void screen_print(const struct screen *screen, enum screen_color color, const char *text)
{
    _cleanup_buf_ struct buf clean = {0};
    bool colored = screen->color && color != COLOR_NONE;

    screen_clean(&clean, text, true, false);
    fprintf(screen->stream, "%s%s%s", colored ? color_codes[color] : "",
            clean.data ? clean.data : "", colored ? "\033[0m" : "");
}

void screen_say(const struct screen *screen, const char *format, ...)
{
    _cleanup_free_ char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    screen_print(screen, COLOR_NONE, text);
    fputc('\n', screen->stream);
}
