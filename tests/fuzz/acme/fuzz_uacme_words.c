/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What uacme wrote, which holds what an authority sent; then the same as a token and its answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/acme/uacme_words.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = calloc(1, size + 1);
    char words[ACME_WORDS_MAX];

    if (size)
        memcpy(text, data, size);
    enum acme_result result = uacme_words_read(text, words);
    require(result > ACME_RESULT_ISSUED && result < ACME_RESULT_COUNT);
    require(words[0] && strlen(words) < sizeof(words) && text_is_printable(words, NULL));
    (void)uacme_words_registered(text);
    if (acme_token_valid(text))
        require(strlen(text) < ACME_TOKEN_MAX && !strpbrk(text, "/.% \n"));
    require(!acme_answer_valid(text, text, "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"));
    return 0;
}
