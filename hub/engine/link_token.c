/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/link_token.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "peers/complaint.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

enum { TEXT_LENGTH = LINK_TOKEN_TEXT_MAX - 1 }; /* 5 bits a character: nothing is left over */

void link_token_make(struct link_token *ret_token)
{
    randombytes_buf(ret_token->bytes, sizeof(ret_token->bytes));
}

const char *link_token_format(const struct link_token *token, char text[static LINK_TOKEN_TEXT_MAX])
{
    uint32_t bits = 0, count = 0;
    size_t used = 0;

    for (size_t i = 0; i < LINK_TOKEN_SIZE; i++) {
        bits = (bits << 8 | token->bytes[i]) & 0xffff;
        for (count += 8; count >= 5; count -= 5)
            text[used++] = alphabet[bits >> (count - 5) & 31];
    }
    text[used] = 0;
    return text;
}

static int digit_of(char c)
{
    const char *found;

    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

static int parse(const char *text, size_t length, struct link_token *ret_token)
{
    struct link_token token = {0};
    uint32_t bits = 0, count = 0;
    size_t used = 0;

    if (length != TEXT_LENGTH)
        return -EINVAL;
    for (size_t i = 0; i < length; i++) {
        int digit = digit_of(text[i]);

        if (digit < 0)
            return -EINVAL;
        bits = (bits << 5 | (uint32_t)digit) & 0xffff;
        count += 5;
        if (count >= 8) {
            count -= 8;
            token.bytes[used++] = (uint8_t)(bits >> count);
        }
    }
    *ret_token = token;
    return 0;
}

int link_token_parse(const char *text, struct link_token *ret_token)
{
    return parse(text, strlen(text), ret_token);
}

int link_token_parse_file(const char *file, struct link_token *ret_token,
                          const char **ret_extension)
{
    const char *dot = strchr(file, '.');

    if (!dot || parse(file, (size_t)(dot - file), ret_token) < 0)
        return -EINVAL;
    *ret_extension = dot + 1;
    return 0;
}

void link_token_hash(const struct link_token *token, uint8_t ret_hash[static LINK_HASH_SIZE])
{
    crypto_generichash(ret_hash, LINK_HASH_SIZE, token->bytes, sizeof(token->bytes), NULL, 0);
}

void link_token_hash_pin(const struct link_token *token, const char *pin,
                         uint8_t ret_hash[static LINK_HASH_SIZE])
{
    crypto_generichash(ret_hash, LINK_HASH_SIZE, (const uint8_t *)pin, strlen(pin), token->bytes,
                       sizeof(token->bytes));
}

bool rule_link_pin(const char *pin, struct complaint *ret_complaint)
{
    size_t length = strlen(pin);

    if (length < LINK_PIN_SHORTEST || length > LINK_PIN_LONGEST) {
        complain(ret_complaint, "must have %d to %d characters", LINK_PIN_SHORTEST,
                 LINK_PIN_LONGEST);
        return false;
    }
    for (const char *c = pin; *c; c++) {
        if (*c <= ' ' || *c > '~') {
            complain(ret_complaint, "may have only letters, digits and signs of ASCII");
            return false;
        }
    }
    return true;
}
