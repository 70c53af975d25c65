/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/identity/totp.h"

#include <ctype.h>
#include <errno.h>
#include <nettle/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_MODULUS = 1000000 };

void totp_secret_make(struct totp_secret *ret_secret)
{
    if (sodium_init() < 0)
        abort();
    randombytes_buf(ret_secret->bytes, sizeof(ret_secret->bytes));
}

void totp_secret_wipe(struct totp_secret *secret)
{
    sodium_memzero(secret, sizeof(*secret));
}

const char *totp_secret_format(const struct totp_secret *secret,
                               char text[static TOTP_SECRET_TEXT_MAX])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0;
    unsigned count = 0;
    char *out = text;

    for (size_t i = 0; i < sizeof(secret->bytes); i++) {
        bits = bits << 8 | secret->bytes[i];
        for (count += 8; count >= 5; count -= 5)
            *out++ = alphabet[bits >> (count - 5) & 31];
    }
    *out = 0;
    return text;
}

uint32_t totp_number(const struct totp_secret *secret, uint64_t step)
{
    uint8_t message[8], digest[SHA1_DIGEST_SIZE];
    struct hmac_sha1_ctx context;

    for (int i = 0; i < 8; i++)
        message[i] = (uint8_t)(step >> (56 - 8 * i));
    hmac_sha1_set_key(&context, sizeof(secret->bytes), secret->bytes);
    hmac_sha1_update(&context, sizeof(message), message);
    hmac_sha1_digest(&context, sizeof(digest), digest);
    sodium_memzero(&context, sizeof(context));

    const uint8_t *at = digest + (digest[SHA1_DIGEST_SIZE - 1] & 15);
    return ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) &
           0x7fffffff;
}

uint32_t totp_code(const struct totp_secret *secret, uint64_t step)
{
    return totp_number(secret, step) % CODE_MODULUS;
}

int totp_check(const struct totp_secret *secret, uint32_t code, int64_t now, uint64_t last_step,
               uint64_t *ret_step)
{
    uint64_t middle = now < TOTP_STEP_SECONDS ? 1 : (uint64_t)now / TOTP_STEP_SECONDS, found = 0;

    /* All three are looked at, whichever fits: the time it takes tells nothing. */
    for (uint64_t step = middle - 1; step <= middle + 1; step++)
        if (totp_code(secret, step) == code && step > last_step)
            found = step;
    if (!found)
        return -EACCES;
    *ret_step = found;
    return 0;
}

/* What is not plain in a URI is escaped. */
static size_t add_escaped(char *text, size_t size, size_t used, const char *part)
{
    for (; *part && used < size; part++) {
        unsigned char c = (unsigned char)*part;
        used += (size_t)snprintf(text + used, size - used,
                                 isalnum(c) || strchr("-._~", c) ? "%c" : "%%%02X", c);
    }
    return used;
}

const char *totp_uri(const struct totp_secret *secret, const char *issuer, const char *name,
                     char uri[static TOTP_URI_MAX])
{
    char text[TOTP_SECRET_TEXT_MAX];
    size_t used = (size_t)snprintf(uri, TOTP_URI_MAX, "otpauth://totp/");

    used = add_escaped(uri, TOTP_URI_MAX, used, issuer);
    if (used < TOTP_URI_MAX)
        used += (size_t)snprintf(uri + used, TOTP_URI_MAX - used, ":");
    used = add_escaped(uri, TOTP_URI_MAX, used, name);
    if (used < TOTP_URI_MAX)
        used += (size_t)snprintf(uri + used, TOTP_URI_MAX - used,
                                 "?secret=%s&issuer=", totp_secret_format(secret, text));
    used = add_escaped(uri, TOTP_URI_MAX, used, issuer);
    if (used < TOTP_URI_MAX)
        snprintf(uri + used, TOTP_URI_MAX - used, "&algorithm=SHA1&digits=6&period=30");
    sodium_memzero(text, sizeof(text));
    return uri;
}
