/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an authority asks the hub's web for, to see that a name leads here (RFC 8555, 8.3). Pure. */
#pragma once

#include <stdbool.h>

enum {
    ACME_TOKEN_MAX = 129,     /* at most 128 characters */
    ACME_THUMBPRINT_MAX = 44, /* SHA-256 in base64url */
    ACME_ANSWER_MAX = ACME_TOKEN_MAX + ACME_THUMBPRINT_MAX,
};

#define ACME_CHALLENGE_PATH "/.well-known/acme-challenge/"

/* 22 to 128 characters of base64url: 128 bits at least. */
bool acme_token_valid(const char *token);
/* Is it the answer that the account with this key's thumbprint gives to the token, and no other
 * account's? */
bool acme_answer_valid(const char *token, const char *answer, const char *thumbprint);
