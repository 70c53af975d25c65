/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Updates of the box: installed into the other slot, tried, kept or taken back. */
#pragma once

#include <jansson.h>

#include "hub/backup/backup_head.h"
#include "hub/engine/engine.h"

struct update;

/* Before the store is opened: what the last start has left to do. `slot` 0: no image. Answers 1
 * when a state was committed that warrend has to put in place first: end with ENGINE_EXIT_AGAIN. */
int update_new(struct engine *engine, char slot, const char *kind, struct update **ret_update);
/* Once all is open: the trial is watched, the boot loader told that this slot is healthy. */
int update_start(struct update *update);
struct update *update_free(struct update *update);

/* status 0, or -errno and why. Called once, later. */
typedef void (*update_done)(int status, const char *reason, void *data);

/* The next bytes of a bundle of `total`; with the last ones the slot is made bootable. An offset of
 * 0 begins anew. Each answers -EBUSY, -EOPNOTSUPP (no image), -EINVAL (not that offset), -EFBIG at
 * once. */
int update_install(struct update *update, uint64_t offset, const uint8_t *bytes, size_t size,
                   uint64_t total, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX]);
int update_reboot(struct update *update, update_done done, void *data,
                  char reason[static BACKUP_REASON_MAX]);
int update_confirm(struct update *update, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX]);
/* On trial: back to the slot before. Installed: it is not tried. */
int update_rollback(struct update *update, update_done done, void *data,
                    char reason[static BACKUP_REASON_MAX]);

json_t *update_json(struct update *update); /* a new reference */
