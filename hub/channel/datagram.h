/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over a channel in one piece: a message, or several that were gathered. Each begins at a
 * multiple of 16 bytes; the header says how long it is where another one follows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "hub/base/buf.h"

enum { DATAGRAM_GATHERED_MAX = 32 * 1024, DATAGRAM_MESSAGES_MAX = 64 };

/* Messages that wait to go together. */
struct datagram {
    struct buf bytes;
    size_t last; /* where the last message begins */
    unsigned count;
};

/* False: it is full, or the message too long to share one. The first part begins with the header.
 */
bool datagram_add(struct datagram *datagram, const struct iovec *parts, size_t part_count);
void datagram_clear(struct datagram *datagram); /* wipes it too */
void datagram_done(struct datagram *datagram);

/* The first message of what is left of a datagram that came: its size, and where the next one
 * begins (`size`: there is none). NULL, or why it is none. */
const char *datagram_first(const void *data, size_t size, size_t *ret_size, size_t *ret_next);
