/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/setting.h"
#include "hub/settings/settings_edit.h"

/* ---- writing ---- */

static int write_all(int fd, const struct buf *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t written = write(fd, text->data + done, text->length - done);

        if (written < 0 && errno != EINTR)
            return -errno;
        done += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

static int sync_directory_of(const char *path)
{
    _cleanup_free_ char *copy = text_duplicate(path);
    _cleanup_close_ int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int keep_mode(int fd, const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fchown(fd, status.st_uid, status.st_gid) < 0 || fchmod(fd, status.st_mode & 07777) < 0)
        return -errno;
    return 0;
}

static int write_fresh(const char *fresh, const char *path, const struct buf *text)
{
    _cleanup_close_ int fd =
        open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    int r = fd < 0 ? -errno : keep_mode(fd, path);

    if (r == 0)
        r = write_all(fd, text);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(fresh, path) < 0)
        r = -errno;
    return r;
}

int config_file_write(const char *path, const struct buf *text)
{
    _cleanup_free_ char *real = realpath(path, NULL);
    const char *target = real ? real : path;
    _cleanup_free_ char *fresh = text_format("%s.new", target);
    int r = write_fresh(fresh, target, text);

    if (r < 0) {
        (void)unlink(fresh);
        return r;
    }
    return sync_directory_of(target);
}

/* ---- single settings ---- */

static int __attribute__((format(printf, 3, 4)))
refuse(char *ret_reason, int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(ret_reason, CONFIG_REASON_MAX, format, arguments);
    va_end(arguments);
    /* Cut, it may end within a character. */
    while (!text_is_printable(ret_reason, NULL))
        ret_reason[strlen(ret_reason) - 1] = 0;
    return error;
}

/* A value that reads otherwise than it was written might be more than a value. */
static int take_value(const struct verb_setting *asked, struct setting_value *ret_value,
                      char *ret_reason)
{
    _cleanup_(settings_done) struct settings scratch = {0};
    _cleanup_buf_ struct buf text = {0};
    char name[VERB_SETTING_NAME_MAX], wrong[SETTING_WRONG_MAX];
    char *dot = strchr(strcpy(name, asked->name), '.');

    if (dot)
        *dot = 0;
    const struct setting *setting = dot ? settings_find(name, dot + 1) : NULL;
    if (!setting)
        return refuse(ret_reason, -EINVAL, "%s is no setting", asked->name);
    settings_init(&scratch);
    if (setting_parse(setting, asked->text, &scratch, wrong) < 0)
        return refuse(ret_reason, -EINVAL, "%s %s", asked->name, wrong);
    settings_value_format(&scratch, setting, &text);
    if (!text_equal(text.data, asked->text))
        return refuse(ret_reason, -EINVAL, "%s is not as the file has it", asked->name);
    *ret_value = (struct setting_value){setting, asked->text};
    return 0;
}

static int take_values(const struct verb_settings *list, struct setting_value *ret_values,
                       char *ret_reason)
{
    int r = 0;

    for (size_t i = 0; i < list->count && r == 0; i++) {
        r = take_value(&list->settings[i], &ret_values[i], ret_reason);
        for (size_t j = 0; j < i && r == 0; j++)
            if (ret_values[j].setting == ret_values[i].setting)
                r = refuse(ret_reason, -EINVAL, "%s is there twice", list->settings[i].name);
    }
    return r;
}

static int check_file(const struct buf *text, char *ret_reason)
{
    _cleanup_(settings_done) struct settings settings = {0};
    struct settings_error error;

    if (settings_parse(text->data, text->length, &settings, &error, 1) == 0)
        return 0;
    return refuse(ret_reason, -EINVAL, "line %u: %s", error.line, error.text);
}

int config_file_set(const char *path, const struct verb_settings *list,
                    char ret_reason[static CONFIG_REASON_MAX])
{
    struct setting_value values[VERB_SETTINGS_MAX];
    _cleanup_buf_ struct buf before = {0}, after = {0};
    int r = take_values(list, values, ret_reason);

    if (r < 0)
        return r;
    r = settings_read_text(path, &before);
    if (r < 0 && r != -ENOENT)
        return refuse(ret_reason, r, "it can't be read: %s", strerror(-r));
    settings_edit(before.data, before.length, values, list->count, &after);
    r = check_file(&after, ret_reason);
    if (r < 0 || (before.data && text_equal(before.data, after.data)))
        return r;
    r = config_file_write(path, &after);
    return r < 0 ? refuse(ret_reason, r, "it can't be written: %s", strerror(-r)) : 0;
}
