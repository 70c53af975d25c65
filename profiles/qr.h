/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QR codes as terminal text, SVG and PNG. */
#pragma once

#include <stddef.h>

#include "hub/base/buf.h"

enum qr_style { QR_ANSI, QR_SVG, QR_PNG };

int qr_style_parse(const char *text, enum qr_style *ret_style); /* "ansi" "svg" "png"; -EINVAL */
const char *qr_media_type(enum qr_style style);

/* Byte mode, error correction M, lowered to L only when the text needs it. -E2BIG when it cannot
 * fit a QR code; *ret_bytes is then how many bytes would. */
int qr_draw(const void *data, size_t size, enum qr_style style, struct buf *ret_image,
            size_t *ret_bytes);
