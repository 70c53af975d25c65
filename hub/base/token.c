/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/token.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"

static_assert(TOKEN_TEXT_MAX ==
                  sodium_base64_ENCODED_LEN(TOKEN_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
              "base64url");

void token_make(struct token *ret_token)
{
    if (sodium_init() < 0)
        abort();
    randombytes_buf(ret_token->bytes, sizeof(ret_token->bytes));
}

const char *token_format(const struct token *token, char text[static TOKEN_TEXT_MAX])
{
    return sodium_bin2base64(text, TOKEN_TEXT_MAX, token->bytes, sizeof(token->bytes),
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int token_parse(const char *text, struct token *ret_token)
{
    char again[TOKEN_TEXT_MAX];
    struct token token;
    size_t size = 0;

    if (strlen(text) != TOKEN_TEXT_MAX - 1)
        return -EINVAL;
    int error = sodium_base642bin(token.bytes, sizeof(token.bytes), text, TOKEN_TEXT_MAX - 1, NULL,
                                  &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    /* Only what comes out as it went in, as with keys. */
    if (!error && (size != sizeof(token.bytes) ||
                   sodium_memcmp(token_format(&token, again), text, sizeof(again)) != 0))
        error = -EINVAL;
    if (!error)
        *ret_token = token;
    sodium_memzero(again, sizeof(again));
    token_wipe(&token);
    return error ? -EINVAL : 0;
}

int api_token_parse(const char *text, struct token *ret_token)
{
    if (!text_starts_with(text, API_TOKEN_PREFIX))
        return -EINVAL;
    return token_parse(text + strlen(API_TOKEN_PREFIX), ret_token);
}

const char *api_token_format(const struct token *token, char text[static API_TOKEN_TEXT_MAX])
{
    memcpy(text, API_TOKEN_PREFIX, strlen(API_TOKEN_PREFIX));
    token_format(token, text + strlen(API_TOKEN_PREFIX));
    return text;
}

void token_hash(const struct token *token, struct token_hash *ret_hash)
{
    crypto_generichash(ret_hash->bytes, sizeof(ret_hash->bytes), token->bytes, sizeof(token->bytes),
                       NULL, 0);
}

void token_wipe(struct token *token)
{
    sodium_memzero(token, sizeof(*token));
}
