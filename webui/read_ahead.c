/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/read_ahead.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static ssize_t hand_out(struct read_ahead *ahead, void *into, size_t size)
{
    const size_t left = ahead->kept.length - ahead->at;

    if (size > left)
        size = left;
    memcpy(into, ahead->kept.data + ahead->at, size);
    ahead->at += size;
    if (ahead->at == ahead->kept.length) {
        buf_done(&ahead->kept);
        ahead->at = 0;
    }
    return (ssize_t)size;
}

ssize_t read_ahead_receive(struct read_ahead *ahead, int fd, void *into, size_t size)
{
    char bytes[READ_AHEAD_MAX];
    const bool more = size < sizeof(bytes);
    const size_t asked = more ? sizeof(bytes) : size;

    if (ahead->kept.length)
        return hand_out(ahead, into, size);
    if (ahead->empty) {
        errno = EAGAIN;
        return -1;
    }
    ssize_t had = recv(fd, more ? bytes : into, asked, MSG_DONTWAIT);
    if (had < 0)
        return had;
    ahead->empty = had > 0 && (size_t)had < asked;
    if (!more || had == 0)
        return had;
    if ((size_t)had > size)
        buf_add(&ahead->kept, bytes + size, (size_t)had - size);
    else
        size = (size_t)had;
    memcpy(into, bytes, size);
    return (ssize_t)size;
}

void read_ahead_ready(struct read_ahead *ahead)
{
    ahead->empty = false;
}

void read_ahead_done(struct read_ahead *ahead)
{
    buf_done(&ahead->kept);
}
