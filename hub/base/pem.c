/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/pem.h"

#include <sodium.h>

#include "hub/base/cleanup.h"

enum { LINE_BYTES = 48 }; /* 64 characters of base64 */

void pem_add(struct buf *text, const char *label, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    char line[LINE_BYTES / 3 * 4 + 1];

    buf_printf(text, "-----BEGIN %s-----\n", label);
    for (size_t at = 0; at < size; at += LINE_BYTES) {
        size_t part = size - at < LINE_BYTES ? size - at : LINE_BYTES;

        sodium_bin2base64(line, sizeof(line), from + at, part, sodium_base64_VARIANT_ORIGINAL);
        buf_add_text(text, line);
        buf_add_char(text, '\n');
    }
    buf_printf(text, "-----END %s-----\n", label);
    sodium_memzero(line, sizeof(line));
}
