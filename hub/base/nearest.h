/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": the nearest of the words that there are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NEAREST_WORD_MAX = 40 };

/* How many letters to put in, take out or exchange to make `a` into `b` (case does not matter);
 * SIZE_MAX when one is longer than NEAREST_WORD_MAX. */
size_t nearest_distance(const char *a, const char *b);
/* Is it near enough to be worth proposing? */
bool nearest_is_near(const char *word, size_t distance);
