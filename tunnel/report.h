/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker tells of an apply, gathered part by part. */
#pragma once

#include "hub/channel/verbs.h"

struct report {
    struct verb_applied *applied;
    uint32_t told; /* writes that its detail speaks of already */
};

/* After each part: `r` is what it answered. The first error stays; until there is one, the detail
 * names the parts that had something to write. */
void report_part(struct report *report, int r, const char *what);
