/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single settings changed in the file's text; all else in it stays as somebody wrote it. */
#pragma once

#include "hub/settings/settings.h"

struct setting_value {
    const struct setting *setting;
    const char *text; /* as settings_value_format() writes it */
};

/* Pure. Appends to *ret_text the file with each value in its setting's line: the line's comment
 * stays. One that is there several times is kept once, where it is first; one that is missing comes
 * after the last of its section; a section that is missing comes at the end. A file without
 * errors has none afterwards but for what the values are to each other (settings_parse()). Each
 * setting is in `values` once. */
void settings_edit(const char *text, size_t size, const struct setting_value *values, size_t count,
                   struct buf *ret_text);
