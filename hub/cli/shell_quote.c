/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/shell_quote.h"

#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/text.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "-_.,:/@%+";

char *shell_quote(const char *word)
{
    struct buf quoted = {0};

    if (*word && word[strspn(word, plain)] == 0)
        return text_duplicate(word);
    buf_add_char(&quoted, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_add_text(&quoted, "'\\''");
        else
            buf_add_char(&quoted, *word);
    }
    buf_add_char(&quoted, '\'');
    return buf_take(&quoted);
}
