/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random values that are shown once and kept as a hash: sessions, API tokens, set-up links. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    TOKEN_SIZE = 32,
    TOKEN_HASH_SIZE = 32,
    TOKEN_TEXT_MAX = 44,     /* base64url without padding, with the terminating 0 */
    API_TOKEN_TEXT_MAX = 48, /* "wrn_" before it */
};

#define API_TOKEN_PREFIX "wrn_"

struct token {
    uint8_t bytes[TOKEN_SIZE];
};

/* BLAKE2b-256: 256 random bits need no slower one. */
struct token_hash {
    uint8_t bytes[TOKEN_HASH_SIZE];
};

void token_make(struct token *ret_token);
/* 0 or -EINVAL. Only the canonical form is taken. */
int token_parse(const char *text, struct token *ret_token);
const char *token_format(const struct token *token, char text[static TOKEN_TEXT_MAX]);
/* The same with "wrn_" before it. */
int api_token_parse(const char *text, struct token *ret_token);
const char *api_token_format(const struct token *token, char text[static API_TOKEN_TEXT_MAX]);

void token_hash(const struct token *token, struct token_hash *ret_hash);
void token_wipe(struct token *token); /* fits _cleanup_ */
