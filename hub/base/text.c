/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool text_starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

int text_copy(char *target, size_t size, const char *source)
{
    size_t length = strlen(source);

    if (length >= size)
        return -ENAMETOOLONG;
    memmove(target, source, length + 1);
    return 0;
}

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

void text_copy_cut(char *target, size_t size, const char *source)
{
    size_t length = strlen(source);

    if (size == 0)
        return;
    if (length >= size) {
        length = size - 1;
        while (length > 0 && is_continuation(source[length]))
            length--;
    }
    memmove(target, source, length);
    target[length] = 0;
}

int text_parse_u64(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_value)
{
    uint64_t value = 0;
    bool too_large = false;

    if (!text[0] || (text[0] == '0' && text[1]))
        return -EINVAL;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9')
            return -EINVAL;
        too_large = too_large || __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value);
    }
    if (too_large || value < minimum || value > maximum)
        return -ERANGE;

    *ret_value = value;
    return 0;
}

/* Length of the UTF-8 sequence at `text`, 0 when it is none (overlong, surrogate, cut off). */
static size_t utf8_decode(const char *text, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[0];
    size_t length = first < 0x80             ? 1
                    : (first & 0xe0) == 0xc0 ? 2
                    : (first & 0xf0) == 0xe0 ? 3
                    : (first & 0xf8) == 0xf0 ? 4
                                             : 0;

    if (length < 2) {
        *ret_code = first;
        return length;
    }

    uint32_t code = first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(text[i]))
            return 0;
        code = code << 6 | ((uint8_t)text[i] & 0x3f);
    }
    if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return length;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
           (code >= 0x200e && code <= 0x200f) || /* marks of direction */
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xfeff;
}

bool text_is_printable(const char *text, size_t *ret_characters)
{
    size_t characters = 0;

    while (*text) {
        uint32_t code;
        size_t length = utf8_decode(text, &code);

        if (length == 0 || is_control(code))
            return false;
        text += length;
        characters++;
    }
    if (ret_characters)
        *ret_characters = characters;
    return true;
}

void *memory_zero(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        abort();
    return memory;
}

void *memory_zero_aligned(size_t alignment, size_t size)
{
    void *memory;
    if (posix_memalign(&memory, alignment, size) != 0)
        abort();
    return memset(memory, 0, size);
}

char *text_duplicate(const char *text)
{
    if (!text)
        return NULL;

    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    return text;
}
