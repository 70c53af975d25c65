/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text becomes one quoted word, which a reader by RouterOS's rules turns into the same text. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/routeros_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    require(c >= 'A' && c <= 'F');
    return c - 'A' + 10;
}

/* Aborts at what would end the word early, be a variable, ask for help or leave ASCII. */
static void read_word(const struct buf *word, struct buf *ret_value)
{
    const char *p = word->data, *last = word->data + word->length - 1;

    require(word->length >= 2 && *p == '"' && *last == '"');
    for (p++; p < last; p++) {
        require(*p >= ' ' && *p <= '~' && *p != '"' && *p != '$' && *p != '?');
        if (*p != '\\') {
            buf_add_char(ret_value, *p);
        } else if (p[1] == '"' || p[1] == '\\' || p[1] == '$') {
            buf_add_char(ret_value, *++p);
        } else {
            buf_add_char(ret_value, (char)(hex_value(p[1]) << 4 | hex_value(p[2])));
            p += 2;
        }
        require(p < last);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = memory_zero(size + 1);
    _cleanup_buf_ struct buf word = {0}, value = {0};

    memcpy(text, data, size);
    routeros_quote(&word, text);
    read_word(&word, &value);
    require(value.length == strlen(text));
    require(value.length == 0 || memcmp(value.data, text, value.length) == 0);
    return 0;
}
