/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The half of tenant_process.h that knows sockets. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/warrend/tenant_process.h"

int tenant_socket_connect(const char *path, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int r = text_copy(address.sun_path, sizeof(address.sun_path), path);
    if (r < 0)
        return r;
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int tenant_socket_owner(int fd, pid_t *ret_pid)
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

bool tenant_socket_is_connected(int fd)
{
    struct pollfd end = {.fd = fd};
    return poll(&end, 1, 0) == 0;
}

int tenant_socket_owner_pidfd(int fd, int *ret_pidfd)
{
    pid_t pid = 0;
    int r = tenant_socket_owner(fd, &pid);
    if (r < 0)
        return r;
    _cleanup_close_ int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0)
        return -errno;
    if (!tenant_socket_is_connected(fd))
        return -ESRCH;
    *ret_pidfd = TAKE_FD(pidfd);
    return 0;
}
