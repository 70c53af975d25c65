/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recovery code that is taken is the one that is written; names and passwords are judged. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/identity/password_rule.h"
#include "hub/identity/sign_in_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);
    char again[RECOVERY_CODE_TEXT_MAX];
    struct sign_in_code code, parsed;

    if (sign_in_code_parse(text, &code) == 0) {
        if (code.kind == SIGN_IN_CODE_TOTP && code.number > 999999)
            abort();
        if (code.kind == SIGN_IN_CODE_RECOVERY &&
            (sign_in_code_parse(recovery_code_format(&code.recovery, again), &parsed) < 0 ||
             memcmp(&parsed.recovery, &code.recovery, sizeof(code.recovery)) != 0))
            abort();
    }
    if (!admin_name_wrong(text) && strlen(text) >= ADMIN_NAME_MAX)
        abort();
    if (!password_wrong(text, "anna") && strlen(text) >= PASSWORD_MAX)
        abort();
    return 0;
}
