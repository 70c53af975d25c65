/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/prefix_set.h"

#include <assert.h>
#include <stdlib.h>

#include "hub/base/buf.h"

void prefix_set_done(struct prefix_set *set)
{
    free(set->items);
    *set = (struct prefix_set){0};
}

static void reserve(struct prefix_set *set, size_t more)
{
    size_t size = set->size ? set->size : 8;

    if (set->count + more <= set->size)
        return;
    while (size < set->count + more)
        size *= 2;
    set->items = reallocarray(set->items, size, sizeof(*set->items));
    if (!set->items)
        abort();
    set->size = size;
}

void prefix_set_add(struct prefix_set *set, const struct prefix *prefix)
{
    assert(prefix_valid(prefix));
    /* `prefix` may be one of the set's own. */
    struct prefix copy = *prefix;

    reserve(set, 1);
    set->items[set->count++] = copy;
}

void prefix_set_add_all(struct prefix_set *set, const struct prefix_set *other)
{
    size_t count = other->count;

    reserve(set, count);
    for (size_t i = 0; i < count; i++)
        prefix_set_add(set, &other->items[i]);
}

bool prefix_set_contains_address(const struct prefix_set *set, const struct address *address)
{
    for (size_t i = 0; i < set->count; i++) {
        if (prefix_contains_address(&set->items[i], address))
            return true;
    }
    return false;
}

bool prefix_set_contains(const struct prefix_set *set, const struct prefix *prefix)
{
    for (size_t i = 0; i < set->count; i++) {
        if (prefix_contains(&set->items[i], prefix))
            return true;
    }
    return false;
}

bool prefix_set_equal(const struct prefix_set *a, const struct prefix_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!prefix_equal(&a->items[i], &b->items[i]))
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

static struct prefix parent_of(const struct prefix *prefix)
{
    struct prefix parent = {.address = prefix->address, .length = (uint8_t)(prefix->length - 1)};

    return prefix_network(&parent);
}

/* The two halves of one prefix? They are not the same one. */
static bool are_siblings(const struct prefix *low, const struct prefix *high)
{
    if (low->length == 0 || low->length != high->length)
        return false;
    struct prefix parent = parent_of(low);
    return prefix_contains(&parent, high);
}

void prefix_set_minimise(struct prefix_set *set)
{
    struct prefix *items = set->items;
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++)
        items[i] = prefix_network(&items[i]);
    if (set->count > 1)
        qsort(items, set->count, sizeof(*items), compare);

    /* In this order only the last one kept can cover the next, or be its other half. */
    for (size_t i = 0; i < set->count; i++) {
        if (kept > 0 && prefix_contains(&items[kept - 1], &items[i]))
            continue;
        items[kept++] = items[i];
        while (kept > 1 && are_siblings(&items[kept - 2], &items[kept - 1])) {
            items[kept - 2] = parent_of(&items[kept - 2]);
            kept--;
        }
    }
    set->count = kept;
}

/* The number of the `count` sorted prefixes that start before `address`. */
static size_t count_before(const struct prefix *items, size_t count, const struct address *address)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (address_compare(&items[middle].address, address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The half of a prefix that has the bit after its length set. */
static struct prefix upper_half(const struct prefix *prefix)
{
    struct prefix half = {.address = prefix->address, .length = (uint8_t)(prefix->length + 1)};

    half.address.bytes[prefix->length / 8] |= (uint8_t)(0x80 >> prefix->length % 8);
    return half;
}

/* Adds what of `whole` is not in the holes, all of which lie within it or are it. At most as deep
 * as an address has bits. */
static void add_rest(struct prefix_set *set, const struct prefix *whole, const struct prefix *holes,
                     size_t count)
{
    if (count == 0) {
        prefix_set_add(set, whole);
        return;
    }
    if (holes[0].length <= whole->length)
        return;

    struct prefix low = {.address = whole->address, .length = (uint8_t)(whole->length + 1)};
    struct prefix high = upper_half(whole);
    size_t in_low = count_before(holes, count, &high.address);

    add_rest(set, &low, holes, in_low);
    add_rest(set, &high, holes + in_low, count - in_low);
}

static void add_rest_of(struct prefix_set *set, const struct prefix *whole,
                        const struct prefix_set *holes)
{
    struct address last = prefix_last(whole);
    size_t first = count_before(holes->items, holes->count, &whole->address);
    size_t end = count_before(holes->items, holes->count, &last);

    if (first > 0 && prefix_contains(&holes->items[first - 1], whole))
        return;
    if (end < holes->count && address_equal(&holes->items[end].address, &last))
        end++;
    add_rest(set, whole, holes->items + first, end - first);
}

void prefix_set_subtract(struct prefix_set *set, const struct prefix_set *holes)
{
    _cleanup_prefix_set_ struct prefix_set sorted = {0};
    struct prefix_set rest = {0};

    prefix_set_add_all(&sorted, holes);
    prefix_set_minimise(&sorted);
    prefix_set_minimise(set);
    if (sorted.count == 0)
        return;
    for (size_t i = 0; i < set->count; i++)
        add_rest_of(&rest, &set->items[i], &sorted);

    prefix_set_done(set);
    *set = rest;
}

char *prefix_set_format(const struct prefix_set *set, const char *separator)
{
    struct buf text = {0};

    for (size_t i = 0; i < set->count; i++) {
        char prefix[PREFIX_TEXT_MAX];

        if (i > 0)
            buf_add_text(&text, separator);
        buf_add_text(&text, prefix_format(&set->items[i], prefix));
    }
    return buf_take(&text);
}
