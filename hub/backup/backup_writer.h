/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in, the bytes of a backup out: packed (zstd), then encrypted in chunks. */
#pragma once

#include "hub/backup/backup_key.h"

struct backup_writer;

/* Where the bytes go; 0 or -errno, which ends it. */
typedef int (*backup_put)(const void *bytes, size_t size, void *data);

struct backup_writer *backup_writer_new(const struct backup_lock *lock, int64_t created_at,
                                        backup_put put, void *data);
struct backup_writer *backup_writer_free(struct backup_writer *writer); /* wipes; returns NULL */

/* A file begins; exactly `size` bytes of it follow. Errors stay: each of these answers the first
 * one, of `put` or -EINVAL for another number of bytes. */
int backup_writer_file(struct backup_writer *writer, const char *name, uint64_t size);
int backup_writer_add(struct backup_writer *writer, const void *bytes, size_t size);
/* All is there. */
int backup_writer_end(struct backup_writer *writer);
