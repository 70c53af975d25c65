/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Codes of an authenticator app: RFC 6238 with HMAC-SHA1, 30 seconds, six digits. Pure. */
#pragma once

#include <stdint.h>

enum {
    TOTP_SECRET_SIZE = 20,
    TOTP_SECRET_TEXT_MAX = 33, /* base32 without padding */
    TOTP_STEP_SECONDS = 30,
    TOTP_DIGITS = 6,
    TOTP_URI_MAX = 512,
};

struct totp_secret {
    uint8_t bytes[TOTP_SECRET_SIZE];
};

void totp_secret_make(struct totp_secret *ret_secret);
const char *totp_secret_format(const struct totp_secret *secret,
                               char text[static TOTP_SECRET_TEXT_MAX]);
void totp_secret_wipe(struct totp_secret *secret); /* fits _cleanup_ */

/* The 31-bit number of RFC 4226, whose last digits are the code. */
uint32_t totp_number(const struct totp_secret *secret, uint64_t step);
uint32_t totp_code(const struct totp_secret *secret, uint64_t step);

/* Whether `code` is that of the time `now`, or of the step before or after it, and that step is
 * newer than `last_step` (each code once): 0 with the step that it is of, or -EACCES. */
int totp_check(const struct totp_secret *secret, uint32_t code, int64_t now, uint64_t last_step,
               uint64_t *ret_step);

/* "otpauth://totp/ISSUER:NAME?secret=...", for a QR code. */
const char *totp_uri(const struct totp_secret *secret, const char *issuer, const char *name,
                     char uri[static TOTP_URI_MAX]);
