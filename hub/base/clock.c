/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "hub/base/text.h"

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z */
static const int64_t earliest = -62167219200, latest = 253402300799;

static struct timespec now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time;
}

int64_t clock_seconds(void)
{
    return now(CLOCK_REALTIME).tv_sec;
}

int64_t clock_milliseconds(void)
{
    struct timespec time = now(CLOCK_REALTIME);

    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

uint64_t clock_monotonic_us(void)
{
    struct timespec time = now(CLOCK_MONOTONIC);

    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

const char *time_format(int64_t seconds, char text[static TIME_TEXT_MAX])
{
    time_t time = seconds < earliest ? earliest : seconds > latest ? latest : seconds;
    struct tm parts = {0};

    gmtime_r(&time, &parts);
    /* The remainders tell the compiler that it fits. */
    snprintf(text, TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ",
             (unsigned)(parts.tm_year + 1900) % 10000, (unsigned)(parts.tm_mon + 1) % 100,
             (unsigned)parts.tm_mday % 100, (unsigned)parts.tm_hour % 100,
             (unsigned)parts.tm_min % 100, (unsigned)parts.tm_sec % 100);
    return text;
}

static int digits(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

int time_parse(const char *text, int64_t *ret_seconds)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    char again[TIME_TEXT_MAX];

    if (strlen(text) != sizeof(form) - 1)
        return -EINVAL;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i])
            return -EINVAL;
    }

    struct tm parts = {
        .tm_year = digits(text, 4) - 1900,
        .tm_mon = digits(text + 5, 2) - 1,
        .tm_mday = digits(text + 8, 2),
        .tm_hour = digits(text + 11, 2),
        .tm_min = digits(text + 14, 2),
        .tm_sec = digits(text + 17, 2),
    };
    int64_t seconds = timegm(&parts);

    /* timegm() takes a 31 February for a 3 March; only what comes out as it went in is a time. */
    if (!text_equal(time_format(seconds, again), text))
        return -EINVAL;
    *ret_seconds = seconds;
    return 0;
}
