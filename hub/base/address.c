/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"

int address_parse(const char *text, struct address *ret_address)
{
    struct address address = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

    if (inet_pton(address.family, text, address.bytes) != 1)
        return -EINVAL;
    *ret_address = address;
    return 0;
}

int prefix_parse(const char *text, struct prefix *ret_prefix)
{
    char copy[PREFIX_TEXT_MAX];
    struct prefix prefix;
    uint64_t length;

    if (text_copy(copy, sizeof(copy), text) < 0)
        return -EINVAL;
    char *slash = strchr(copy, '/');
    if (!slash)
        return -EINVAL;
    *slash = 0;
    if (address_parse(copy, &prefix.address) < 0 ||
        text_parse_u64(slash + 1, 0, address_bits(&prefix.address), &length) < 0)
        return -EINVAL;

    prefix.length = (uint8_t)length;
    *ret_prefix = prefix;
    return 0;
}

int endpoint_parse(const char *text, struct endpoint *ret_endpoint)
{
    char copy[ENDPOINT_TEXT_MAX];
    struct endpoint endpoint = {0};
    char *start = copy;
    uint64_t port;

    if (text_copy(copy, sizeof(copy), text) < 0)
        return -EINVAL;
    char *colon = strrchr(copy, ':');
    if (!colon)
        return -EINVAL;
    *colon = 0;
    bool bracketed = copy[0] == '[';
    if (bracketed) {
        if (colon[-1] != ']')
            return -EINVAL;
        colon[-1] = 0;
        start++;
    }
    if (address_parse(start, &endpoint.address) < 0 ||
        bracketed != (endpoint.address.family == AF_INET6) ||
        text_parse_u64(colon + 1, 1, UINT16_MAX, &port) < 0)
        return -EINVAL;

    endpoint.port = (uint16_t)port;
    *ret_endpoint = endpoint;
    return 0;
}

/* Where the longest run of two or more zero groups starts; the first of equally long ones. */
static size_t longest_zero_run(const uint16_t groups[8], size_t *ret_length)
{
    size_t best = 8, best_length = 1;

    for (size_t i = 0; i < 8; i++) {
        size_t end = i;

        while (end < 8 && groups[end] == 0)
            end++;
        if (end - i > best_length) {
            best = i;
            best_length = end - i;
        }
    }
    *ret_length = best_length;
    return best;
}

/* inet_ntop() writes ::1:2 as ::0.1.0.2, which RFC 5952 does not. */
static void format_inet6(const uint8_t *bytes, char *text)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    uint16_t groups[8];
    size_t run_length, length = 0;

    if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        snprintf(text, ADDRESS_TEXT_MAX, "::ffff:%u.%u.%u.%u", bytes[12], bytes[13], bytes[14],
                 bytes[15]);
        return;
    }
    for (size_t i = 0; i < 8; i++)
        groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);

    size_t run = longest_zero_run(groups, &run_length);
    for (size_t i = 0; i < 8; i++) {
        if (i == run) {
            length += (size_t)snprintf(text + length, ADDRESS_TEXT_MAX - length, "::");
            i += run_length - 1;
            continue;
        }
        bool joined = i == 0 || (run < 8 && i == run + run_length);
        length += (size_t)snprintf(text + length, ADDRESS_TEXT_MAX - length, "%s%x",
                                   joined ? "" : ":", groups[i]);
    }
}

const char *address_format(const struct address *address, char text[static ADDRESS_TEXT_MAX])
{
    const uint8_t *bytes = address->bytes;

    if (address->family == AF_INET)
        snprintf(text, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    else if (address->family == AF_INET6)
        format_inet6(bytes, text);
    else
        snprintf(text, ADDRESS_TEXT_MAX, "none");
    return text;
}

const char *prefix_format(const struct prefix *prefix, char text[static PREFIX_TEXT_MAX])
{
    char address[ADDRESS_TEXT_MAX];

    snprintf(text, PREFIX_TEXT_MAX, "%s/%u", address_format(&prefix->address, address),
             prefix->length);
    return text;
}

const char *endpoint_format(const struct endpoint *endpoint, char text[static ENDPOINT_TEXT_MAX])
{
    char address[ADDRESS_TEXT_MAX];

    address_format(&endpoint->address, address);
    snprintf(text, ENDPOINT_TEXT_MAX, endpoint->address.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
             address, endpoint->port);
    return text;
}

size_t address_size(const struct address *address)
{
    return address->family == AF_INET ? 4 : address->family == AF_INET6 ? 16 : 0;
}

unsigned address_bits(const struct address *address)
{
    return (unsigned)address_size(address) * 8;
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, address_size(a));
}

bool address_equal(const struct address *a, const struct address *b)
{
    return address_compare(a, b) == 0;
}

int address_add(const struct address *address, uint64_t offset, struct address *ret_address)
{
    struct address sum = *address;
    unsigned carry = 0;

    for (size_t i = address_size(address); i-- > 0; offset >>= 8) {
        carry += sum.bytes[i] + (unsigned)(offset & 0xff);
        sum.bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    if (carry || offset)
        return -ERANGE;
    *ret_address = sum;
    return 0;
}

int address_distance(const struct address *from, const struct address *to, uint64_t *ret_offset)
{
    size_t size = address_size(from);
    uint64_t offset = 0;
    uint8_t difference[16];
    int borrow = 0;

    if (from->family != to->family)
        return -ERANGE;
    for (size_t i = size; i-- > 0;) {
        int byte = to->bytes[i] - from->bytes[i] - borrow;
        borrow = byte < 0;
        difference[i] = (uint8_t)byte;
    }
    for (size_t i = 0; i < size; i++) {
        if (offset >> 56)
            return -ERANGE;
        offset = offset << 8 | difference[i];
    }
    if (borrow)
        return -ERANGE;
    *ret_offset = offset;
    return 0;
}
