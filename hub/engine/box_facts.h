/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image's units tell of the box, in a file beside the configuration: "name=value" lines.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

enum { BOX_FACTS_MAX = 64 * 1024 };

/* Pure. Unknown names are skipped; `text` NULL: there is no such file. */
json_t *box_facts_json(const char *text, size_t size);
