/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A datagram from each role: first byte the number of descriptors, then one or more messages. */
#include <stdlib.h>
#include <string.h>

#include "hub/channel/channel.h"
#include "hub/channel/datagram.h"

static _Alignas(16) uint8_t message[CHANNEL_MESSAGE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const uint8_t *data, size_t size, int descriptors)
{
    for (enum role sender = 0; sender <= ROLE_COUNT; sender++) {
        const char *reason = NULL;
        int error = channel_check(sender, data, size, descriptors, &reason);

        if ((error != 0) != (reason != NULL) || (error == 0 && sender == ROLE_COUNT))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size - 1 > sizeof(message))
        return 0;
    /* At the end of the buffer, so that reading on is noticed. */
    size_t length = size - 1;
    uint8_t *start = message + sizeof(message) - (length + 15) / 16 * 16;
    memcpy(start, data + 1, length);

    for (size_t at = 0, own, next; at < length; at += next) {
        if (datagram_first(start + at, length - at, &own, &next))
            break;
        if (own < sizeof(struct channel_header) || own > next || next > length - at ||
            (next < length - at && next % 16))
            abort();
        check_message(start + at, own, data[0] & 3);
    }
    return 0;
}
