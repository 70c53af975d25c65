/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/acme_challenge.h"

#include <string.h>

#include "hub/base/text.h"

enum { TOKEN_LENGTH_MIN = 22 };

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool acme_token_valid(const char *token)
{
    size_t length = strspn(token, base64url);

    return length >= TOKEN_LENGTH_MIN && length < ACME_TOKEN_MAX && !token[length];
}

bool acme_answer_valid(const char *token, const char *answer, const char *thumbprint)
{
    size_t length = strlen(token);

    return acme_token_valid(token) && strncmp(answer, token, length) == 0 &&
           answer[length] == '.' && strlen(thumbprint) == ACME_THUMBPRINT_MAX - 1 &&
           text_equal(answer + length + 1, thumbprint);
}
