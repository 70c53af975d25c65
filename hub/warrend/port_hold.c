/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/port_hold.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/cleanup.h"

/* What is sent to it all the same, from the hub itself, shall not wait there. */
static void take_nothing(int fd)
{
    struct sock_filter nothing = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &nothing};

    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Never listened on: TCP's answer is that nobody is there. Without SO_REUSEADDR, so that another
 * program's does not get in either. */
static int bind_any(int family, int type, uint16_t port, int *ret_fd)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_four = family == AF_INET;
    _cleanup_close_ int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *ret_fd = -1;
    if (fd < 0)
        return errno == EAFNOSUPPORT ? 0 : -errno;
    if (type == SOCK_DGRAM)
        take_nothing(fd);
    if (!is_four && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int)) < 0)
        return -errno;
    if (bind(fd, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six,
             is_four ? sizeof(four) : sizeof(six)) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

void port_hold_release(struct port_hold *hold)
{
    for (size_t i = 0; hold->held && i < ELEMENTS(hold->fds); i++)
        cleanup_close(&hold->fds[i]);
    *hold = (struct port_hold){0};
}

int port_hold_take(struct port_hold *hold, int type, uint16_t port)
{
    _cleanup_close_ int four = -1, six = -1;
    int r;

    if (hold->held && hold->port == port)
        return 0;
    port_hold_release(hold);
    r = bind_any(AF_INET, type, port, &four);
    if (r == 0)
        r = bind_any(AF_INET6, type, port, &six);
    if (r < 0)
        return r;
    *hold = (struct port_hold){.held = true, .port = port, .fds = {TAKE_FD(four), TAKE_FD(six)}};
    return 0;
}
