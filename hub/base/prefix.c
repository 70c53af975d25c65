/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/socket.h>

#include "hub/base/address.h"

bool prefix_valid(const struct prefix *prefix)
{
    return address_bits(&prefix->address) > 0 && prefix->length <= address_bits(&prefix->address);
}

/* The bits of byte `i` that the prefix fixes. */
static uint8_t network_mask(const struct prefix *prefix, size_t i)
{
    unsigned before = (unsigned)i * 8;

    if (prefix->length >= before + 8)
        return 0xff;
    return prefix->length <= before ? 0 : (uint8_t)(0xff << (before + 8 - prefix->length));
}

const char *prefix_mask_format(const struct prefix *prefix, char text[static ADDRESS_TEXT_MAX])
{
    struct address mask = {.family = AF_INET};

    for (size_t i = 0; i < address_size(&mask); i++)
        mask.bytes[i] = network_mask(prefix, i);
    return address_format(&mask, text);
}

struct address prefix_first(const struct prefix *prefix)
{
    struct address first = prefix->address;

    for (size_t i = 0; i < address_size(&first); i++)
        first.bytes[i] &= network_mask(prefix, i);
    return first;
}

struct address prefix_last(const struct prefix *prefix)
{
    struct address last = prefix->address;

    for (size_t i = 0; i < address_size(&last); i++)
        last.bytes[i] |= (uint8_t)~network_mask(prefix, i);
    return last;
}

struct prefix prefix_network(const struct prefix *prefix)
{
    return (struct prefix){.address = prefix_first(prefix), .length = prefix->length};
}

bool prefix_has_host_bits(const struct prefix *prefix)
{
    struct address first = prefix_first(prefix);

    return !address_equal(&first, &prefix->address);
}

struct prefix prefix_of_address(const struct address *address)
{
    return (struct prefix){.address = *address, .length = (uint8_t)address_bits(address)};
}

bool prefix_contains_address(const struct prefix *prefix, const struct address *address)
{
    if (prefix->address.family != address->family)
        return false;
    for (size_t i = 0; i < address_size(address); i++) {
        if ((prefix->address.bytes[i] ^ address->bytes[i]) & network_mask(prefix, i))
            return false;
    }
    return true;
}

bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
    return outer->length <= inner->length && prefix_contains_address(outer, &inner->address);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
    return prefix_contains(a, b) || prefix_contains(b, a);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
    int order = address_compare(&a->address, &b->address);

    return order ? order : (a->length > b->length) - (a->length < b->length);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
    return prefix_compare(a, b) == 0;
}
