/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wireguard-go answers, beside wireguard_uapi_parse(). */
#pragma once

#include "tunnel/wireguard.h"

/* The answer to "set=1": "errno=N" and an empty line. 0, or -EBADMSG; `ret_error` is 0 or the
 * negative errno it tells. */
int wireguard_uapi_parse_status(const char *text, size_t size, int *ret_error);
