/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/state_swap.h"
#include "hub/settings/settings.h"

static int read_settings(const char *path, struct settings *ret_settings)
{
    struct settings_error errors[1];
    size_t count = 0;

    return settings_read(path, ret_settings, errors, 1, &count);
}

static int write_all(int fd, const struct buf *text)
{
    return write(fd, text->data, text->length) == (ssize_t)text->length ? 0 : -ENOSPC;
}

static int sync_directory_of(const char *path)
{
    _cleanup_free_ char *copy = text_duplicate(path);
    _cleanup_close_ int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_config(const char *path, const struct buf *text)
{
    _cleanup_free_ char *fresh = text_format("%s.new", path);
    _cleanup_close_ int fd =
        open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    int r = fd < 0 ? -errno : write_all(fd, text);

    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(fresh, path) < 0)
        r = -errno;
    return r == 0 ? sync_directory_of(path) : r;
}

static int restore_config(const struct places *places, const char *staged)
{
    _cleanup_(settings_done) struct settings restored = {0}, present = {0};
    _cleanup_buf_ struct buf text = {0};
    int r = read_settings(staged, &restored);

    if (r < 0)
        return r;
    r = read_settings(places->config, &present);
    if (r < 0 && r != -ENOENT)
        return r;
    settings_take_machine(&restored, &present);
    settings_write(&restored, &text);
    return write_config(places->config, &text);
}

static void finish_config(const struct places *places)
{
    _cleanup_free_ char *staged =
        text_format("%s/" STATE_SWAP_DIRECTORY "/" STATE_SWAP_CONFIG, places->state_directory);
    int r;

    if (access(staged, F_OK) < 0)
        return;
    r = restore_config(places, staged);
    if (r < 0)
        log_error("the configuration of the backup is not in force, since %s can't be written: %s",
                  places->config, strerror(-r));
    else
        log_info("%s is as the backup has it", places->config);
    unlink(staged);
}

int restore_finish(const struct places *places)
{
    _cleanup_close_ int state_fd =
        open(places->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (state_fd < 0)
        return -errno;
    if (!state_swap_is_committed(state_fd))
        return 0;
    finish_config(places);
    r = state_swap_finish(state_fd);
    if (r < 0)
        log_error("a restored state can't be put in place: %s", strerror(-r));
    else
        log_info("the restored state is in place");
    return r;
}
