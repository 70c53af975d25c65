/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that only its owner can read, and that has its name only when it is whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct output_file {
    const char *path; /* borrowed */
    char *temporary;
    int fd;
};

/* What is said where the name is not free; free() it. */
char *output_file_taken(const char *path);
/* 0 or -errno, all of them. */
int output_file_open(struct output_file *file, const char *path);
int output_file_write(struct output_file *file, const void *bytes, size_t size);
/* Without force the name must be free: -EEXIST. */
int output_file_commit(struct output_file *file, bool force);
/* One that was not committed leaves nothing behind. */
void output_file_done(struct output_file *file);
