/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of backups below the state directory: a file each, "ID.KIND.backup", and ".part"
 * behind it while it is not whole. */
#pragma once

#include "hub/backup/backup_head.h"
#include "hub/engine/engine.h"

enum backup_kind {
    BACKUP_MANUAL,    /* made on request */
    BACKUP_SCHEDULED, /* made by the hub's own clock; the oldest ones go */
    BACKUP_UPLOADED,  /* brought here to be restored; goes after a day */
    BACKUP_KIND_COUNT,
};
const char *backup_kind_name(enum backup_kind kind);

struct backup_file {
    char id[ID_MAX];
    enum backup_kind kind;
    bool is_part;
    uint64_t bytes;
    int64_t created_at; /* as its head says; of a part, when it was last written to */
    struct backup_kdf kdf;
};

enum { SHELF_NAME_MAX = 48 };
const char *backup_file_name(const char *id, enum backup_kind kind, bool is_part,
                             char name[static SHELF_NAME_MAX]);

/* The directory's descriptor, or -errno. */
int backup_shelf_open(const struct engine *engine);

/* Whole ones, the newest first. A new array; what can't be read is left out. */
int backup_shelf_list(const struct engine *engine, struct backup_file **ret_files,
                      size_t *ret_count);
/* -ENOENT; parts are not found unless asked for. */
int backup_shelf_find(const struct engine *engine, const char *id, bool parts,
                      struct backup_file *ret_file);
/* A descriptor to read from. */
int backup_shelf_read(const struct engine *engine, const struct backup_file *file);
int backup_shelf_remove(const struct engine *engine, const struct backup_file *file);

/* Takes away what a crash left, scheduled backups beyond the `keep` newest, and uploads of more
 * than a day. With `at_start` all that is not whole. */
void backup_shelf_tidy(const struct engine *engine, bool at_start);

/* Would `bytes` more leave enough on the disk for all else? -ENOSPC and a sentence when not. */
int backup_shelf_room(const struct engine *engine, uint64_t bytes,
                      char reason[static BACKUP_REASON_MAX]);
