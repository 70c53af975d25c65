/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/identity/password_rule.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { DIFFERENT_MIN = 5 };

const char *admin_name_wrong(const char *name)
{
    /* "me" is whoever asks; the others speak for the hub itself in the audit. */
    static const char *const reserved[] = {"me", "root", "hub", "admin"};
    size_t length = strlen(name);

    if (length < ADMIN_NAME_SHORTEST || length >= ADMIN_NAME_MAX)
        return "must have 2 to 40 characters";
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-@", *c))
            return "may have letters, digits, and . _ - @";
    if (!isalnum((unsigned char)*name))
        return "must begin with a letter or digit";
    for (size_t i = 0; i < ELEMENTS(reserved); i++)
        if (strcasecmp(name, reserved[i]) == 0)
            return "is reserved";
    return NULL;
}

static size_t different_bytes(const char *text)
{
    uint8_t seen[256] = {0};
    size_t count = 0;

    for (; *text; text++) {
        count += !seen[(unsigned char)*text];
        seen[(unsigned char)*text] = 1;
    }
    return count;
}

const char *password_wrong(const char *password, const char *admin_name)
{
    size_t characters = 0;

    if (strlen(password) >= PASSWORD_MAX)
        return "must have at most 255 bytes";
    if (!text_is_printable(password, &characters))
        return "must be printable text";
    if (characters < PASSWORD_SHORTEST)
        return "must have at least 12 characters: four words, say";
    if (different_bytes(password) < DIFFERENT_MIN)
        return "must have at least 5 different characters";
    if (strlen(admin_name) > 3 && strcasestr(password, admin_name))
        return "must not hold the admin's name";
    return NULL;
}
