/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One setting's value, from and to text, as its kind says. */
#pragma once

#include "hub/settings/settings.h"

enum { SETTING_WRONG_MAX = 300, SETTING_QUOTE_MAX = 61 };
enum { SETTINGS_LINE_MAX = 1000 }; /* bytes of a line that is taken */

/* Sets the field from `text`. -EINVAL, with what is wrong and what would do; the field is then as
 * it was. */
int setting_parse(const struct setting *setting, const char *text, struct settings *settings,
                  char ret_wrong[static SETTING_WRONG_MAX]);
/* The start of what somebody wrote, for a complaint: never half a character. */
const char *setting_quote(const char *text, char ret_quote[static SETTING_QUOTE_MAX]);
