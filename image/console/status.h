/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the console shows of the hub: the answer of `warren status --json`, and what it lacks. */
#pragma once

#include <stdbool.h>

#include "hub/base/buf.h"

/* Pure: what the hub said (NULL: it does not answer) as lines of plain text of at most `width`
 * columns. */
void status_write(const char *answer, unsigned width, struct buf *ret_text);
