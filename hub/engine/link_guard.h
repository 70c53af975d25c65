/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks for one-time links that there are not: so many in ten minutes, then no more of that
 * address (or IPv6 network of length 64) are looked at for a while. Nobody guesses 160 bits; it
 * keeps those who try from costing anything. In memory alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LINK_GUARD_MISSES = 10, LINK_GUARD_SECONDS = 600 };

struct link_guard;

struct link_guard *link_guard_new(void);
struct link_guard *link_guard_free(struct link_guard *guard);

/* `from` as in the audit: what is no address is the hub's own socket, and never shut out. Times are seconds of any clock that
 * only moves forward. Answers for how many seconds the address is shut out, 0 = it is not. */
uint32_t link_guard_wait(struct link_guard *guard, const char *from, uint64_t now);
void link_guard_miss(struct link_guard *guard, const char *from, uint64_t now);
