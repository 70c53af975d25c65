/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/box/box_ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/address.h"
#include "hub/base/cleanup.h"

enum { HTTP_PORT = 80 };

static int open_connection(const struct address *address, bool reserved_port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(HTTP_PORT)};

    if (address->family != AF_INET)
        return -EAFNOSUPPORT;
    memcpy(&to.sin_addr, address->bytes, sizeof(to.sin_addr));
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || (reserved_port && bindresvport(fd, NULL) < 0) ||
        connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        return -errno;
    return TAKE_FD(fd);
}

static int write_all(int fd, const char *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t r = send(fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (r < 0)
            return -errno;
        sent += (size_t)r;
    }
    return 0;
}

int box_ask(const struct address *address, bool reserved_port, const char *request, size_t max,
            struct buf *ret_answer)
{
    _cleanup_close_ int fd = open_connection(address, reserved_port);
    int r = fd < 0 ? fd : write_all(fd, request, strlen(request));

    if (r < 0)
        return r;
    buf_reserve(ret_answer, max);
    while (ret_answer->length < max) {
        ssize_t got = read(fd, ret_answer->data + ret_answer->length, max - ret_answer->length);
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        ret_answer->length += (size_t)got;
    }
    return 0;
}
