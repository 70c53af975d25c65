/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Minimise and subtract against a bitmap of a small network's addresses. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/prefix_set.h"

enum { BITS = 9, ADDRESSES = 1 << BITS, PREFIXES_MAX = 200 };

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

/* An address of the small network in the lowest, or in the highest bits that there are. */
struct place {
    uint8_t family;
    bool high;
};

static struct prefix small_prefix(struct place place, unsigned value, unsigned length)
{
    struct prefix prefix = {.address.family = place.family};
    unsigned bits = address_bits(&prefix.address), size = bits / 8;

    prefix.length = (uint8_t)(bits - BITS + length);
    if (place.high)
        memset(prefix.address.bytes, 0xff, size);
    prefix.address.bytes[size - 1] = (uint8_t)value;
    prefix.address.bytes[size - 2] = (uint8_t)((place.high ? 0xfe : 0) | (value >> 8 & 1));
    return prefix;
}

static unsigned value_of(const struct address *address)
{
    size_t size = address_size(address);

    return (unsigned)(address->bytes[size - 2] & 1) << 8 | address->bytes[size - 1];
}

static void mark(bool *bitmap, const struct prefix *prefix, bool value)
{
    struct address first = prefix_first(prefix), last = prefix_last(prefix);

    for (unsigned i = value_of(&first); i <= value_of(&last); i++)
        bitmap[i] = value;
}

/* The fewest prefixes that cover exactly what is set from `start`, `size` addresses long. */
static size_t fewest(const bool *bitmap, unsigned start, unsigned size)
{
    size_t set = 0;

    for (unsigned i = start; i < start + size; i++)
        set += bitmap[i];
    if (set == 0 || set == size)
        return set > 0;
    return fewest(bitmap, start, size / 2) + fewest(bitmap, start + size / 2, size / 2);
}

static void require_smallest(const struct prefix_set *set, const bool *wanted)
{
    bool covered[ADDRESSES] = {0};

    for (size_t i = 0; i < set->count; i++) {
        require(prefix_valid(&set->items[i]) && !prefix_has_host_bits(&set->items[i]));
        require(i == 0 || prefix_compare(&set->items[i - 1], &set->items[i]) < 0);
        mark(covered, &set->items[i], true);
    }
    require(memcmp(covered, wanted, sizeof(covered)) == 0);
    require(set->count == fewest(wanted, 0, ADDRESSES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_prefix_set_ struct prefix_set set = {0}, holes = {0};
    bool wanted[ADDRESSES] = {0}, rest[ADDRESSES];

    if (size < 1)
        return 0;
    struct place place = {data[0] & 1 ? AF_INET6 : AF_INET, data[0] & 2};
    data++;
    size--;
    for (size_t i = 0; i + 3 <= size && i < 3 * PREFIXES_MAX; i += 3) {
        unsigned value = (unsigned)data[i] | (unsigned)(data[i + 1] & 1) << 8;
        struct prefix prefix = small_prefix(place, value, data[i + 2] % (BITS + 1));

        prefix_set_add(data[i + 1] & 2 ? &holes : &set, &prefix);
    }

    for (size_t i = 0; i < set.count; i++)
        mark(wanted, &set.items[i], true);
    memcpy(rest, wanted, sizeof(rest));
    for (size_t i = 0; i < holes.count; i++)
        mark(rest, &holes.items[i], false);
    prefix_set_minimise(&set);
    require_smallest(&set, wanted);
    prefix_set_subtract(&set, &holes);
    require_smallest(&set, rest);
    return 0;
}
