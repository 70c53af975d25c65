/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came out of a backup, looked at as a whole and made ready to take the state's place. */
#pragma once

#include "hub/engine/backup_shelf.h"

struct backup_staged;

/* The configuration has no errors; the database is sound, belongs to the key, and is brought to
 * this program's schema; its audit goes on with an entry of this restore, by `who`. Adds to `found`
 * what was seen. `file`, `who` and `found` are borrowed. */
struct backup_staged *backup_staged_new(struct engine *engine, const struct backup_file *file,
                                        const char *who, json_t *found);
struct backup_staged *backup_staged_free(struct backup_staged *staged); /* returns NULL */
/* A part of it, for a turn of the loop. 1: there is more; 0: all is right; -EINVAL, -EUCLEAN,
 * -EPROTO, -EBADMSG and a reason. */
int backup_staged_step(struct backup_staged *staged, char reason[static BACKUP_REASON_MAX]);
