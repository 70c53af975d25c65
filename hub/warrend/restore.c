/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/state_swap.h"
#include "hub/settings/settings.h"
#include "hub/warrend/config_file.h"

static int read_settings(const char *path, struct settings *ret_settings)
{
    struct settings_error errors[1];
    size_t count = 0;

    return settings_read(path, ret_settings, errors, 1, &count);
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
    return config_file_write(places->config, &text);
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
