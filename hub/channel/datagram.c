/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/channel/datagram.h"

#include <assert.h>
#include <string.h>

#include "hub/channel/channel.h"

enum { ALIGNMENT = 16 };
static_assert(DATAGRAM_GATHERED_MAX <= UINT16_MAX, "the header's length holds it");

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The message before it is not the last one any more. */
static void close_last(struct datagram *datagram)
{
    static const char zeros[ALIGNMENT];
    struct buf *bytes = &datagram->bytes;
    const uint16_t length = (uint16_t)(bytes->length - datagram->last);

    memcpy(bytes->data + datagram->last + offsetof(struct channel_header, length), &length,
           sizeof(length));
    buf_add(bytes, zeros, aligned(bytes->length) - bytes->length);
}

bool datagram_add(struct datagram *datagram, const struct iovec *parts, size_t part_count)
{
    size_t size = 0;

    for (size_t i = 0; i < part_count; i++)
        size += parts[i].iov_len;
    if (aligned(datagram->bytes.length) + size > DATAGRAM_GATHERED_MAX ||
        datagram->count == DATAGRAM_MESSAGES_MAX)
        return false;
    if (datagram->count++)
        close_last(datagram);
    datagram->last = datagram->bytes.length;
    for (size_t i = 0; i < part_count; i++)
        buf_add(&datagram->bytes, parts[i].iov_base, parts[i].iov_len);
    return true;
}

void datagram_clear(struct datagram *datagram)
{
    if (datagram->bytes.data)
        explicit_bzero(datagram->bytes.data, datagram->bytes.length);
    buf_clear(&datagram->bytes);
    datagram->last = datagram->count = 0;
}

void datagram_done(struct datagram *datagram)
{
    datagram_clear(datagram);
    buf_done(&datagram->bytes);
}

const char *datagram_first(const void *data, size_t size, size_t *ret_size, size_t *ret_next)
{
    struct channel_header header;

    if (size < sizeof(header))
        return "shorter than a header";
    memcpy(&header, data, sizeof(header));
    if (!header.length) {
        *ret_size = *ret_next = size;
        return NULL;
    }
    if (header.length < sizeof(header))
        return "a length that is none";
    if (aligned(header.length) + sizeof(header) > size)
        return "longer than its datagram";
    *ret_size = header.length;
    *ret_next = aligned(header.length);
    return NULL;
}
