/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/explain_step.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

__attribute__((format(printf, 2, 0))) static void add(struct buf *buf, const char *format,
                                                      va_list arguments)
{
    _cleanup_free_ char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0)
        abort();
    buf_add_text(buf, text);
}

#define STEP_SAYS(name_, holds_) \
    void name_(struct explain_step *step, const char *format, ...) \
    { \
        va_list arguments; \
\
        step->holds = holds_; \
        va_start(arguments, format); \
        add(&step->text, format, arguments); \
        va_end(arguments); \
    }

STEP_SAYS(step_yes, EXPLAIN_YES)
STEP_SAYS(step_no, EXPLAIN_NO)
STEP_SAYS(step_unknown, EXPLAIN_UNKNOWN)

void step_mend(struct explain_step *step, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(&step->mend, format, arguments);
    va_end(arguments);
}

static bool is_plain(const char *word)
{
    if (!*word)
        return false;
    for (; *word; word++)
        if (!isalnum((unsigned char)*word) && !strchr("-_./:,@+", *word))
            return false;
    return true;
}

void step_word(struct explain_step *step, const char *word)
{
    if (step->command.length > 0)
        buf_add_char(&step->command, ' ');
    if (is_plain(word)) {
        buf_add_text(&step->command, word);
        return;
    }
    buf_add_char(&step->command, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_add_text(&step->command, "'\\''");
        else
            buf_add_char(&step->command, *word);
    }
    buf_add_char(&step->command, '\'');
}

void step_command(struct explain_step *step, ...)
{
    const char *word;
    va_list words;

    va_start(words, step);
    if (step->command.length == 0)
        step_word(step, "warren");
    while ((word = va_arg(words, const char *)))
        step_word(step, word);
    va_end(words);
}

const char *step_ago(int64_t now, int64_t then, char text[static STEP_AGO_MAX])
{
    char duration[DURATION_TEXT_MAX];
    int64_t seconds = now > then ? now - then : 0;

    /* The larger units alone, once it is long ago. */
    if (seconds >= 86400)
        seconds -= seconds % 3600;
    else if (seconds >= 3600)
        seconds -= seconds % 60;
    if (seconds == 0)
        snprintf(text, STEP_AGO_MAX, "just now");
    else
        snprintf(text, STEP_AGO_MAX, "%s ago", duration_format(seconds, duration));
    return text;
}

void step_end(const struct explain_end *end, struct buf *text)
{
    char address[ADDRESS_TEXT_MAX];

    address_format(&end->address, address);
    switch (end->place) {
    case EXPLAIN_HUB:
        buf_printf(text, "the hub (%s)", address);
        return;
    case EXPLAIN_TUNNEL:
        buf_printf(text, "%s (%s)", end->peer.name, address);
        return;
    case EXPLAIN_SUBNET:
        buf_printf(text, "%s behind %s", address, end->peer.name);
        return;
    case EXPLAIN_PUSHED:
    case EXPLAIN_INTERNET:
    case EXPLAIN_FREE:
    case EXPLAIN_PRIVATE:
    case EXPLAIN_FENCED:
        buf_add_text(text, address);
        return;
    }
}
