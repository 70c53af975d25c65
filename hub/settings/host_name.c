/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/settings/host_name.h"

#include <string.h>

enum { LABEL_MAX = 63, NAME_MAX_LENGTH = 253 };

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool label_valid(const char *label, size_t length)
{
    return length >= 1 && length <= LABEL_MAX && label[0] != '-' && label[length - 1] != '-' &&
           strspn(label, LETTERS DIGITS "-") >= length;
}

bool host_name_valid(const char *name)
{
    const char *label = name;

    if (strlen(name) > NAME_MAX_LENGTH)
        return false;
    for (;;) {
        size_t length = strcspn(label, ".");

        if (!label_valid(label, length))
            return false;
        /* A number at the end is somebody's misspelt address. */
        if (!label[length])
            return strspn(label, DIGITS) < length;
        label += length + 1;
    }
}
