/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { LOG_LINE_MAX = 4096 };

static const char *log_name = "warren";
static enum log_level log_limit = LOG_LEVEL_INFO;
static bool log_to_journal;

static enum log_level level_from_environment(void)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {
        {"debug", LOG_LEVEL_DEBUG},
        {"info", LOG_LEVEL_INFO},
        {"warning", LOG_LEVEL_WARNING},
        {"error", LOG_LEVEL_ERROR},
    };
    const char *wanted = getenv("WARREN_LOG");

    for (size_t i = 0; wanted && i < ELEMENTS(levels); i++) {
        if (text_equal(wanted, levels[i].name))
            return levels[i].level;
    }
    return LOG_LEVEL_INFO;
}

/* The journal names the stream it reads by device and inode, so that a redirected child knows. */
static bool journal_reads_stderr(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device, inode;
    struct stat status;

    return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void log_open(const char *name)
{
    log_name = name;
    log_limit = level_from_environment();
    log_to_journal = journal_reads_stderr();
}

static size_t add_start(char *line, enum log_level level)
{
    char time[TIME_TEXT_MAX];
    int length;

    if (log_to_journal)
        length = snprintf(line, LOG_LINE_MAX, "<%d>%s: ", (int)level, log_name);
    else
        length =
            snprintf(line, LOG_LINE_MAX, "%s %s: ", time_format(clock_seconds(), time), log_name);
    return length < LOG_LINE_MAX / 2 ? (size_t)length : LOG_LINE_MAX / 2;
}

void log_message(enum log_level level, const char *format, ...)
{
    char line[LOG_LINE_MAX];
    int saved_errno = errno;
    va_list arguments;

    if (level > log_limit)
        return;

    size_t length = add_start(line, level);
    va_start(arguments, format);
    int added = vsnprintf(line + length, sizeof(line) - length, format, arguments);
    va_end(arguments);
    if (added < 0)
        added = 0;

    size_t end = length + (size_t)added;
    if (end > sizeof(line) - 2)
        end = sizeof(line) - 2;
    /* What a message quotes may come from outside: it must not begin a line of its own. */
    for (size_t i = length; i < end; i++) {
        if ((uint8_t)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' ';
    }
    line[end] = '\n';
    if (write(STDERR_FILENO, line, end + 1) < 0) {
        /* Nowhere is left to say it. */
    }
    errno = saved_errno;
}
