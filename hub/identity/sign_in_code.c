/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/identity/sign_in_code.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/identity/totp.h"

enum { RECOVERY_LETTERS = RECOVERY_CODE_SIZE * 8 / 5 };

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Without spaces and dashes, in small letters; 0 = too long. */
static size_t squeeze(const char *text, char ret_text[static RECOVERY_LETTERS + 1])
{
    size_t length = 0;

    for (; *text; text++) {
        if (*text == ' ' || *text == '-')
            continue;
        if (length == RECOVERY_LETTERS)
            return 0;
        ret_text[length++] = (char)tolower((unsigned char)*text);
    }
    ret_text[length] = 0;
    return length;
}

static int parse_recovery(const char *letters, struct recovery_code *ret_code)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t at = 0;

    for (; *letters; letters++) {
        const char *found = strchr(alphabet, *letters);
        if (!found)
            return -EINVAL;
        bits = bits << 5 | (uint32_t)(found - alphabet);
        count += 5;
        if (count >= 8) {
            count -= 8;
            ret_code->bytes[at++] = (uint8_t)(bits >> count);
        }
    }
    return 0;
}

int sign_in_code_parse(const char *text, struct sign_in_code *ret_code)
{
    char plain[RECOVERY_LETTERS + 1];
    struct sign_in_code code = {.kind = SIGN_IN_CODE_TOTP};
    size_t length = squeeze(text, plain);
    int r = -EINVAL;

    if (length == TOTP_DIGITS && strspn(plain, "0123456789") == TOTP_DIGITS) {
        code.number = (uint32_t)strtoul(plain, NULL, 10);
        r = 0;
    } else if (length == RECOVERY_LETTERS) {
        code.kind = SIGN_IN_CODE_RECOVERY;
        r = parse_recovery(plain, &code.recovery);
    }
    if (r == 0)
        *ret_code = code;
    sodium_memzero(plain, sizeof(plain));
    sodium_memzero(&code, sizeof(code));
    return r;
}

void recovery_code_make(struct recovery_code *ret_code)
{
    if (sodium_init() < 0)
        abort();
    randombytes_buf(ret_code->bytes, sizeof(ret_code->bytes));
}

const char *recovery_code_format(const struct recovery_code *code,
                                 char text[static RECOVERY_CODE_TEXT_MAX])
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t letters = 0;
    char *out = text;

    for (size_t i = 0; i < sizeof(code->bytes); i++) {
        bits = bits << 8 | code->bytes[i];
        for (count += 8; count >= 5; count -= 5) {
            if (letters && letters % 4 == 0)
                *out++ = '-';
            *out++ = alphabet[bits >> (count - 5) & 31];
            letters++;
        }
    }
    *out = 0;
    return text;
}

void recovery_code_hash(const struct recovery_code *code, const char *admin_id,
                        struct token_hash *ret_hash)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, sizeof(ret_hash->bytes));
    crypto_generichash_update(&state, (const uint8_t *)admin_id, strlen(admin_id) + 1);
    crypto_generichash_update(&state, code->bytes, sizeof(code->bytes));
    crypto_generichash_final(&state, ret_hash->bytes, sizeof(ret_hash->bytes));
    sodium_memzero(&state, sizeof(state));
}
