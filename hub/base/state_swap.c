/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/state_swap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define COMMIT "commit"

/* In this order: the log belongs to the database before it, and the key opens both. */
static const char *const moved[] = {
    "warren.db",
    "warren.db-wal",
    "seal.key",
    STATE_SWAP_OBSOLETE,
};

/* Of the old database: replayed into the new one they would ruin it. */
static const char *const logs[] = {"warren.db-wal", "warren.db-shm", "warren.db-journal"};

/* Whoever owns the state directory could put a link there. */
static int open_staged(int state_fd, int *ret_fd)
{
    int fd =
        openat(state_fd, STATE_SWAP_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}

static bool exists(int directory_fd, const char *name)
{
    return faccessat(directory_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int remove_if_there(int directory_fd, const char *name)
{
    return unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int sync_fd(int fd)
{
    return fsync(fd) < 0 ? -errno : 0;
}

/* ---- each of what is staged ---- */

static void close_directory(DIR *directory)
{
    if (directory)
        closedir(directory);
}
DEFINE_CLEANUP(DIR *, close_directory, cleanup_directory)

static int each_file(int staged_fd, int (*each)(int staged_fd, const char *name))
{
    int copy = openat(staged_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(cleanup_directory) DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    int r = directory ? 0 : -errno;

    while (r == 0 && (entry = readdir(directory)))
        if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
            r = each(staged_fd, entry->d_name);
    return r;
}

static int sync_file(int staged_fd, const char *name)
{
    _cleanup_close_ int fd = openat(staged_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 ? -errno : sync_fd(fd);
}

/* ---- the engine's part ---- */

bool state_swap_is_committed(int state_fd)
{
    _cleanup_close_ int staged_fd = -1;

    return open_staged(state_fd, &staged_fd) == 0 && exists(staged_fd, COMMIT);
}

int state_swap_clear(int state_fd)
{
    _cleanup_close_ int staged_fd = -1;
    int r = open_staged(state_fd, &staged_fd);

    if (r < 0)
        return r;
    if (exists(staged_fd, COMMIT))
        return -EALREADY;
    return each_file(staged_fd, remove_if_there);
}

int state_swap_commit(int state_fd)
{
    _cleanup_close_ int staged_fd = -1, fd = -1;
    int r = open_staged(state_fd, &staged_fd);

    if (r < 0)
        return r;
    r = each_file(staged_fd, sync_file);
    if (r < 0)
        return r;
    fd = openat(staged_fd, COMMIT ".new", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    r = sync_fd(fd);
    if (r == 0)
        r = sync_fd(staged_fd);
    if (r == 0 && renameat(staged_fd, COMMIT ".new", staged_fd, COMMIT) < 0)
        r = -errno;
    /* What is not certain to be on the disk counts as done: the next start will see either. */
    return r == 0 ? sync_fd(staged_fd) : r;
}

/* ---- warrend's part ---- */

static int drop_logs(int state_fd)
{
    int r = 0;

    for (size_t i = 0; i < ELEMENTS(logs) && r == 0; i++)
        r = remove_if_there(state_fd, logs[i]);
    return r;
}

static int move_files(int state_fd, int staged_fd)
{
    /* Once it is in place, the log may be its own. */
    int r = exists(staged_fd, "warren.db") ? drop_logs(state_fd) : 0;

    for (size_t i = 0; i < ELEMENTS(moved) && r == 0; i++)
        if (renameat(staged_fd, moved[i], state_fd, moved[i]) < 0 && errno != ENOENT)
            r = -errno;
    return r;
}

int state_swap_finish(int state_fd)
{
    _cleanup_close_ int staged_fd = -1;
    int r = open_staged(state_fd, &staged_fd);

    if (r == -ENOENT)
        return 0;
    if (r < 0 || !exists(staged_fd, COMMIT))
        return r;
    r = move_files(state_fd, staged_fd);
    if (r == 0)
        r = sync_fd(state_fd);
    if (r == 0)
        r = remove_if_there(staged_fd, COMMIT);
    return r == 0 ? sync_fd(staged_fd) : r;
}
