/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token has one form: what is taken comes out as it went in. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);
    char plain[TOKEN_TEXT_MAX], api[API_TOKEN_TEXT_MAX];
    struct token token;

    if (token_parse(text, &token) == 0 && strcmp(token_format(&token, plain), text) != 0)
        abort();
    if (api_token_parse(text, &token) == 0 && strcmp(api_token_format(&token, api), text) != 0)
        abort();
    return 0;
}
