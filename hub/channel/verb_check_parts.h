/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of verb_check.h share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define UNUSED __attribute__((unused))

enum { ERRNO_MAX = 4095 };

static inline bool ended(const char *text, size_t size)
{
    return strnlen(text, size) < size;
}

static inline bool status_ok(int32_t status)
{
    return status <= 0 && status >= -ERRNO_MAX;
}
