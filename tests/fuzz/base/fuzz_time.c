/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations, times, numbers and the question what is printable. */
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void check_duration(const char *text)
{
    char once[DURATION_TEXT_MAX];
    int64_t seconds, again;

    if (duration_parse(text, &seconds) < 0)
        return;
    require(seconds >= 1 && seconds <= 3650LL * 86400);
    require(duration_parse(duration_format(seconds, once), &again) == 0 && again == seconds);
}

static void check_time(const char *text)
{
    char once[TIME_TEXT_MAX];
    int64_t seconds;

    if (time_parse(text, &seconds) == 0)
        require(text_equal(time_format(seconds, once), text));
}

static void check_number(const char *text)
{
    char once[32];
    uint64_t value;

    if (text_parse_u64(text, 0, UINT64_MAX, &value) < 0)
        return;
    snprintf(once, sizeof(once), "%llu", (unsigned long long)value);
    require(text_equal(once, text));
}

/* Printable text stays so when it is cut. */
static void check_cut(const char *text)
{
    size_t characters, left;
    char cut[24];

    if (!text_is_printable(text, &characters))
        return;
    require(characters <= strlen(text));
    text_copy_cut(cut, sizeof(cut), text);
    require(text_is_printable(cut, &left) && left <= characters);
    require(text_starts_with(text, cut));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);
    char duration[DURATION_TEXT_MAX], time[TIME_TEXT_MAX];
    int64_t seconds = 0, again;

    check_duration(text);
    check_time(text);
    check_number(text);
    check_cut(text);
    memcpy(&seconds, data, size < sizeof(seconds) ? size : sizeof(seconds));
    duration_format(seconds, duration);
    require(time_parse(time_format(seconds, time), &again) == 0);
    return 0;
}
