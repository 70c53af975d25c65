/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/openvpn_number.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/text.h"

int openvpn_number(const char *text, uint64_t maximum, uint64_t *ret_number)
{
    return text && text_parse_u64(text, 0, maximum, ret_number) == 0 ? 0 : -EBADMSG;
}

/* Ones, then zeros. */
static int read_mask(const struct address *mask, uint8_t *ret_length)
{
    uint32_t bits = (uint32_t)mask->bytes[0] << 24 | (uint32_t)mask->bytes[1] << 16 |
                    (uint32_t)mask->bytes[2] << 8 | mask->bytes[3];
    uint8_t length = 0;

    while (length < 32 && bits & 0x80000000u) {
        bits <<= 1;
        length++;
    }
    if (bits != 0)
        return -EBADMSG;
    *ret_length = length;
    return 0;
}

int openvpn_prefix_length(const char *text, const struct address *address, uint8_t *ret_length)
{
    struct address mask;
    uint64_t number;

    if (!text)
        return -EBADMSG;
    if (address->family == AF_INET && address_parse(text, &mask) == 0 && mask.family == AF_INET)
        return read_mask(&mask, ret_length);
    if (openvpn_number(text, address_bits(address), &number) < 0)
        return -EBADMSG;
    *ret_length = (uint8_t)number;
    return 0;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int openvpn_hex(const char *text, uint8_t *ret_bytes, size_t size)
{
    size_t count = 0;

    for (const char *p = text; p; p = *p ? p + 1 : NULL) {
        int high = digit(*p), low = high < 0 ? -1 : digit(p[1]);

        if (low < 0 || count == size)
            return -EBADMSG;
        ret_bytes[count++] = (uint8_t)(high << 4 | low);
        p += 2;
        if (*p == '\0')
            return (int)count;
        if (*p != ':')
            return -EBADMSG;
    }
    return -EBADMSG;
}

int openvpn_real_address(const char *text, struct endpoint *ret_endpoint)
{
    struct endpoint endpoint = {0};

    if (!text)
        return -EBADMSG;
    if (endpoint_parse(text, &endpoint) < 0 && address_parse(text, &endpoint.address) < 0)
        return -EBADMSG;
    *ret_endpoint = endpoint;
    return 0;
}
