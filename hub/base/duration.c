/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { DURATION_MAX = 3650 * 86400 };

static const struct unit {
    char letter;
    int64_t seconds;
} units[] = {{'w', 7 * 86400}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

/* The index in `units`, at `from` or later, or ELEMENTS(units). */
static size_t unit_find(char letter, size_t from)
{
    while (from < ELEMENTS(units) && units[from].letter != letter)
        from++;
    return from;
}

int duration_parse(const char *text, int64_t *ret_seconds)
{
    int64_t total = 0;
    bool too_long = false;
    size_t next = 0;

    if (!*text)
        return -EINVAL;
    while (*text) {
        int64_t number = 0;
        const char *start = text;

        for (; *text >= '0' && *text <= '9'; text++) {
            if (number <= DURATION_MAX)
                number = number * 10 + (*text - '0');
        }
        size_t unit = unit_find(*text, next);
        if (text == start || unit == ELEMENTS(units))
            return -EINVAL;
        text++;
        next = unit + 1;
        if (number > DURATION_MAX / units[unit].seconds)
            too_long = true;
        else
            total += number * units[unit].seconds;
    }
    if (too_long || total > DURATION_MAX || total < 1)
        return -ERANGE;

    *ret_seconds = total;
    return 0;
}

const char *duration_format(int64_t seconds, char text[static DURATION_TEXT_MAX])
{
    /* The magnitude, so that the smallest number has one too. */
    uint64_t rest = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    size_t length = 0;

    if (seconds < 0)
        text[length++] = '-';
    for (size_t i = unit_find('d', 0); i < ELEMENTS(units); i++) {
        uint64_t number = rest / (uint64_t)units[i].seconds;

        if (number > 0 || (seconds == 0 && units[i].seconds == 1))
            length += (size_t)snprintf(text + length, DURATION_TEXT_MAX - length, "%" PRIu64 "%c",
                                       number, units[i].letter);
        rest %= (uint64_t)units[i].seconds;
    }
    return text;
}
