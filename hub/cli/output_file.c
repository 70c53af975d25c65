/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hub/base/text.h"

char *output_file_taken(const char *path)
{
    return text_format("%.200s is there already: another name would do, or --force", path);
}

int output_file_open(struct output_file *file, const char *path)
{
    *file = (struct output_file){.path = path, .temporary = text_format("%s.XXXXXX", path)};
    file->fd = mkostemp(file->temporary, O_CLOEXEC); /* 0600 */
    return file->fd < 0 ? -errno : 0;
}

int output_file_write(struct output_file *file, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t written = write(file->fd, at, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        at += written;
        size -= (size_t)written;
    }
    return 0;
}

static int put_in_place(struct output_file *file, bool force)
{
    if (force)
        return rename(file->temporary, file->path) < 0 ? -errno : 0;
    if (link(file->temporary, file->path) < 0)
        return -errno;
    unlink(file->temporary);
    return 0;
}

int output_file_commit(struct output_file *file, bool force)
{
    int error = fsync(file->fd) < 0 ? -errno : put_in_place(file, force);

    if (!error) {
        free(file->temporary);
        file->temporary = NULL;
    }
    return error;
}

void output_file_done(struct output_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->temporary && file->fd >= 0)
        unlink(file->temporary);
    free(file->temporary);
    *file = (struct output_file){.fd = -1};
}
