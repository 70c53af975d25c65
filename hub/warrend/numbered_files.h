/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is of an instance's numbered links and servers, by the names of files. */
#pragma once

#include <stdbool.h>

typedef bool (*numbered_files_parse)(const char *word, unsigned *ret_number);
typedef void (*numbered_files_found)(unsigned number, void *data);

/* Calls `found` for each file of the directory that is called `before`, a word for its number, and
 * `after`. Nothing when there is no such directory. */
void numbered_files_each(const char *directory, const char *before, const char *after,
                         numbered_files_parse parse, numbered_files_found found, void *data);
