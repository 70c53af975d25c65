/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/wireguard_socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "hub/base/cleanup.h"

#define SOCKET_DIRECTORY "/run/wireguard"

const char *wireguard_link(const char *id, char name[static WIREGUARD_LINK_MAX])
{
    snprintf(name, WIREGUARD_LINK_MAX, "wrg-%s", id);
    return name;
}

static void socket_address(const char *id, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), SOCKET_DIRECTORY "/wrg-%s.sock",
             id);
}

int wireguard_socket_prepare(void)
{
    return mkdir(SOCKET_DIRECTORY, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int wireguard_socket_connect(const char *id, int *ret_fd)
{
    struct sockaddr_un address;
    socket_address(id, &address);
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int wireguard_socket_owner(int fd, pid_t *ret_pid)
{
    struct ucred owner;
    socklen_t size = sizeof(owner);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &size) < 0)
        return -errno;
    if (owner.pid <= 0)
        return -ESRCH;
    *ret_pid = owner.pid;
    return 0;
}

void wireguard_socket_remove(const char *id)
{
    struct sockaddr_un address;
    socket_address(id, &address);
    unlink(address.sun_path);
}
