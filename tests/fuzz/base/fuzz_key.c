/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key has one form in each alphabet: what is taken comes out as it went in. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);
    char base64[KEY_BASE64_MAX], hex[KEY_HEX_MAX];
    struct key key;

    if (key_parse_base64(text, &key) == 0 && strcmp(key_format_base64(&key, base64), text) != 0)
        abort();
    if (key_parse_hex(text, &key) == 0 && strcmp(key_format_hex(&key, hex), text) != 0)
        abort();
    if (size >= sizeof(key.bytes)) {
        struct key again;

        memcpy(key.bytes, data, sizeof(key.bytes));
        if (key_parse_base64(key_format_base64(&key, base64), &again) < 0 ||
            !key_equal(&key, &again) || key_parse_hex(key_format_hex(&key, hex), &again) < 0 ||
            !key_equal(&key, &again))
            abort();
    }
    return 0;
}
