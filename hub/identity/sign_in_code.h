/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second thing that is typed at a sign-in: a code of the authenticator app, or one of the
 * recovery codes. Pure. */
#pragma once

#include <stdint.h>

#include "hub/base/token.h"

enum {
    RECOVERY_CODE_COUNT = 10,
    RECOVERY_CODE_SIZE = 10,     /* 80 random bits */
    RECOVERY_CODE_TEXT_MAX = 20, /* "abcd-efgh-2345-6789" */
    SIGN_IN_CODE_TEXT_MAX = 64,
};

struct recovery_code {
    uint8_t bytes[RECOVERY_CODE_SIZE];
};

enum sign_in_code_kind { SIGN_IN_CODE_TOTP, SIGN_IN_CODE_RECOVERY };

struct sign_in_code {
    enum sign_in_code_kind kind;
    uint32_t number; /* of the app */
    struct recovery_code recovery;
};

/* As people type them: spaces and dashes anywhere, either case. 0 or -EINVAL. */
int sign_in_code_parse(const char *text, struct sign_in_code *ret_code);

void recovery_code_make(struct recovery_code *ret_code);
const char *recovery_code_format(const struct recovery_code *code,
                                 char text[static RECOVERY_CODE_TEXT_MAX]);
/* Of an admin's: the same code of another one has another hash. */
void recovery_code_hash(const struct recovery_code *code, const char *admin_id,
                        struct token_hash *ret_hash);
