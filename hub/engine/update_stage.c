/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/state_swap.h"
#include "hub/base/text.h"

enum { BLOCK_SIZE = 256 * 1024 };

static int copy_bytes(int from_fd, int to_fd)
{
    _cleanup_free_ char *bytes = memory_zero(BLOCK_SIZE);
    ssize_t size;

    while ((size = read(from_fd, bytes, BLOCK_SIZE)) > 0)
        if (write(to_fd, bytes, (size_t)size) != size)
            return -ENOSPC;
    if (size < 0 || fsync(to_fd) < 0)
        return -errno;
    return 0;
}

/* One that is not there needs no copy. */
static int copy_file(int state_fd, const char *name)
{
    _cleanup_free_ char *staged = text_format(STATE_SWAP_DIRECTORY "/%s", name);
    _cleanup_close_ int from_fd = openat(state_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    _cleanup_close_ int to_fd = -1;

    if (from_fd < 0)
        return errno == ENOENT ? 0 : -errno;
    to_fd = openat(state_fd, staged, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return to_fd < 0 ? -errno : copy_bytes(from_fd, to_fd);
}

static int open_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int update_stage_copy(const char *directory)
{
    _cleanup_close_ int fd = open_directory(directory);
    int r = fd < 0 ? fd : state_swap_clear(fd);

    if (r == 0)
        r = copy_file(fd, "warren.db");
    return r == 0 ? copy_file(fd, "warren.db-wal") : r;
}

int update_stage_drop(const char *directory)
{
    _cleanup_close_ int fd = open_directory(directory);

    return fd < 0 ? fd : state_swap_clear(fd);
}

int update_stage_take_back(const char *directory)
{
    _cleanup_close_ int fd = open_directory(directory);
    int r;

    if (fd < 0)
        return fd;
    if (faccessat(fd, STATE_SWAP_DIRECTORY "/warren.db", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    r = state_swap_commit(fd);
    return r < 0 ? r : 1;
}
