/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/link_set.h"

#include <assert.h>
#include <string.h>

enum { WORD_BITS = 64 };
static_assert(LINK_COUNT % WORD_BITS == 0, "whole words");

static uint64_t bit_of(unsigned link)
{
    return UINT64_C(1) << link % WORD_BITS;
}

void link_set_add(struct link_set *set, unsigned link)
{
    if (link < LINK_COUNT)
        set->words[link / WORD_BITS] |= bit_of(link);
}

void link_set_remove(struct link_set *set, unsigned link)
{
    if (link < LINK_COUNT)
        set->words[link / WORD_BITS] &= ~bit_of(link);
}

bool link_set_has(const struct link_set *set, unsigned link)
{
    return link < LINK_COUNT && set->words[link / WORD_BITS] & bit_of(link);
}

/* `flip`: all bits, to look for those that are not set. */
static unsigned find_next(const struct link_set *set, unsigned from, uint64_t flip)
{
    for (unsigned i = from / WORD_BITS; i < LINK_SET_WORDS; i++) {
        uint64_t word = set->words[i] ^ flip;

        if (i == from / WORD_BITS)
            word &= UINT64_MAX << from % WORD_BITS;
        if (word)
            return i * WORD_BITS + (unsigned)__builtin_ctzll(word);
    }
    return LINK_COUNT;
}

unsigned link_set_next(const struct link_set *set, unsigned from)
{
    return find_next(set, from, 0);
}

unsigned link_set_next_free(const struct link_set *set, unsigned from)
{
    return find_next(set, from, UINT64_MAX);
}

bool link_set_is_empty(const struct link_set *set)
{
    return link_set_next(set, 0) == LINK_COUNT;
}

bool link_set_equal(const struct link_set *a, const struct link_set *b)
{
    return memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

struct link_set link_set_without(const struct link_set *set, const struct link_set *others)
{
    struct link_set result;

    for (unsigned i = 0; i < LINK_SET_WORDS; i++)
        result.words[i] = set->words[i] & ~others->words[i];
    return result;
}
