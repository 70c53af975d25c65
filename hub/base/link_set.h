/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of an instance's links, by number. Plain data: zeros are the empty set. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/link_number.h"

enum { LINK_SET_WORDS = LINK_COUNT / 64 };

struct link_set {
    uint64_t words[LINK_SET_WORDS];
};

/* Numbers from LINK_COUNT on are in no set. */
void link_set_add(struct link_set *set, unsigned link);
void link_set_remove(struct link_set *set, unsigned link);
bool link_set_has(const struct link_set *set, unsigned link);

/* The lowest from `from` on that is in it, or not in it; LINK_COUNT = there is none. */
unsigned link_set_next(const struct link_set *set, unsigned from);
unsigned link_set_next_free(const struct link_set *set, unsigned from);

bool link_set_is_empty(const struct link_set *set);
bool link_set_equal(const struct link_set *a, const struct link_set *b);
/* What is in `set` and not in `others`. */
struct link_set link_set_without(const struct link_set *set, const struct link_set *others);
