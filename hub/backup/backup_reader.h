/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a backup in, in any pieces; its files out. What comes out of a handler was vouched
 * for by the key, chunk by chunk; that the backup is whole is known at its end alone. */
#pragma once

#include "hub/backup/backup_archive.h"

struct backup_reader;

struct backup_reader *backup_reader_new(const struct backup_key *key,
                                        const struct archive_handlers *handlers, void *data);
struct backup_reader *backup_reader_free(struct backup_reader *reader); /* wipes; returns NULL */

/* -EBADMSG foreign, damaged or cut off; -EPROTO of a newer program; -EACCES another passphrase; or
 * what a handler answered. With a reason for people, unless a handler ended it. */
int backup_reader_feed(struct backup_reader *reader, const uint8_t *bytes, size_t size,
                       char reason[static BACKUP_REASON_MAX]);
int backup_reader_end(struct backup_reader *reader, char reason[static BACKUP_REASON_MAX]);
