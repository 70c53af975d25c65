/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a socket has is read in one go, however little of it is asked for at a time, as by GnuTLS:
 * the five bytes before a record, then the record.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "hub/base/buf.h"

enum { READ_AHEAD_MAX = 4096 };

struct read_ahead {
    struct buf kept;
    size_t at;  /* of it, what is handed out already */
    bool empty; /* so the socket was: nothing is asked of it before read_ahead_ready() */
};

/* As recv(). */
ssize_t read_ahead_receive(struct read_ahead *ahead, int fd, void *into, size_t size);
/* The socket may have something. */
void read_ahead_ready(struct read_ahead *ahead);
void read_ahead_done(struct read_ahead *ahead);
