/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine answers, as the channel checks it, then as a client gets it: each header is a
 * line of its own, and nothing in it begins another one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/channel/channel.h"
#include "webui/engine_answer.h"

static _Alignas(16) uint8_t message[CHANNEL_MESSAGE_MAX];

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Lines end with CR LF, the last one is empty; no other control characters. */
static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\r') {
            require(++i < size && text[i] == '\n');
            lines++;
            continue;
        }
        require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
    }
    require(size >= 4 && memcmp(text + size - 4, "\r\n\r\n", 4) == 0);
    require(!memmem(text, size - 1, "\r\n\r\n", 4));
    return lines;
}

static size_t lines_of(const struct answer *answer)
{
    _cleanup_buf_ struct buf head = {0};

    answer_head(&head, answer, 1700000000);
    return count_lines(head.data, head.length);
}

static void look_at(const struct verb_web_answer *told)
{
    char cookie[CREDENTIAL_COOKIE_MAX];
    struct answer answer;

    engine_answer_take(told, cookie, &answer);
    answer.body_size = told->total_size;
    const size_t lines = lines_of(&answer);
    const size_t more = (told->etag[0] != 0) + (told->file_name[0] != 0) + (answer.cookie != NULL);

    answer.etag = answer.file_name = answer.cookie = NULL;
    require(lines == lines_of(&answer) + more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct channel_header header = {.verb = VERB_WEB_ANSWER, .request = 1};
    const size_t whole = sizeof(header) + size;
    const char *reason = NULL;

    if (whole > sizeof(message))
        return 0;
    /* At the end of the buffer, so that reading on is noticed. */
    uint8_t *start = message + sizeof(message) - (whole + 15) / 16 * 16;
    const struct verb_web_answer *told = (void *)(start + sizeof(header));
    memcpy(start, &header, sizeof(header));
    memcpy(start + sizeof(header), data, size);
    if (channel_check(ROLE_ENGINE, start, whole, 0, &reason) == 0 &&
        !(told->flags & WEB_ANSWER_STREAM))
        look_at(told);
    return 0;
}
