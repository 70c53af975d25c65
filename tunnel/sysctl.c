/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/sysctl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { SYSCTL_PATH_MAX = 128 };

static int open_sysctl(const char *name, int flags)
{
    char path[SYSCTL_PATH_MAX];
    int length = snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
    int fd;

    if (length < 0 || (size_t)length >= sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int sysctl_read(const char *name, int *ret_value)
{
    _cleanup_close_ int fd = open_sysctl(name, O_RDONLY);
    char text[16] = "";
    ssize_t size;

    if (fd < 0)
        return fd;
    size = read(fd, text, sizeof(text) - 1);
    if (size <= 0)
        return size < 0 ? -errno : -EBADMSG;
    return sscanf(text, "%d", ret_value) == 1 ? 0 : -EBADMSG;
}

int sysctl_want(const char *name, int value, uint32_t *ret_writes)
{
    _cleanup_close_ int fd = -1;
    char text[16];
    int now;
    int length;
    int r;

    r = sysctl_read(name, &now);
    if (r < 0 || now == value)
        return r;
    fd = open_sysctl(name, O_WRONLY);
    if (fd < 0)
        return fd;
    length = snprintf(text, sizeof(text), "%d\n", value);
    if (write(fd, text, (size_t)length) != length)
        return -errno;
    (*ret_writes)++;
    return 0;
}

int sysctl_keep_router_advertisements(uint32_t *ret_writes)
{
    DIR *directory = opendir("/proc/sys/net/ipv6/conf");
    const struct dirent *entry;
    int result = 0;

    if (!directory)
        return errno == ENOENT ? 0 : -errno;
    while ((entry = readdir(directory))) {
        char name[SYSCTL_PATH_MAX];
        int value;
        int length;
        int r;

        if (entry->d_name[0] == '.' || text_starts_with(entry->d_name, "wru-"))
            continue;
        length = snprintf(name, sizeof(name), "ipv6/conf/%s/accept_ra", entry->d_name);
        if (length < 0 || (size_t)length >= sizeof(name))
            continue;
        r = sysctl_read(name, &value);
        if (r == 0 && value == 1)
            r = sysctl_want(name, 2, ret_writes);
        /* A link that went away between is no error. */
        if (r < 0 && r != -ENOENT && result == 0)
            result = r;
    }
    closedir(directory);
    return result;
}
