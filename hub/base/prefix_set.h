/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of prefixes of both families, and the arithmetic that profiles and routes need. */
#pragma once

#include "hub/base/address.h"

/* Zero-initialise; owned by the holder, freed with prefix_set_done(). */
struct prefix_set {
    struct prefix *items;
    size_t count;
    size_t size;
};

void prefix_set_done(struct prefix_set *set);
void prefix_set_add(struct prefix_set *set, const struct prefix *prefix);
void prefix_set_add_all(struct prefix_set *set, const struct prefix_set *other);
bool prefix_set_contains_address(const struct prefix_set *set, const struct address *address);
/* True when one item alone contains `prefix`. */
bool prefix_set_contains(const struct prefix_set *set, const struct prefix *prefix);
bool prefix_set_equal(const struct prefix_set *a, const struct prefix_set *b); /* same order */

/* Sorts, drops what is covered, joins neighbours: the smallest list that covers exactly the same
 * addresses. */
void prefix_set_minimise(struct prefix_set *set);
/* What of `set` is not in `holes`, as the smallest list. */
void prefix_set_subtract(struct prefix_set *set, const struct prefix_set *holes);

/* "a, b, c" into a new string. */
char *prefix_set_format(const struct prefix_set *set, const char *separator);

#define _cleanup_prefix_set_ __attribute__((cleanup(prefix_set_done)))
