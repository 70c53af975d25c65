/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came out of a backup, looked at as a whole and made ready to take the state's place. */
#pragma once

#include "hub/engine/backup_shelf.h"

/* The configuration has no errors; the database is sound, belongs to the key, and is brought to
 * this program's schema; its audit goes on with an entry of this restore. Adds to `found` what was
 * seen. -EINVAL, -EUCLEAN, -EPROTO, -EBADMSG and a reason. Takes a moment: all of the database is
 * read. */
int backup_staged_prepare(struct engine *engine, const struct backup_file *file, const char *who,
                          json_t *found, char reason[static BACKUP_REASON_MAX]);
