/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup being read, checked whole and staged (hub/base/state_swap.h), a little in each turn of
 * the loop; nothing that the hub runs on is touched. */
#pragma once

#include "hub/backup/backup_key.h"
#include "hub/engine/backup_shelf.h"

struct backup_restorer;

/* status 0: all is right and staged, `found` says what it is (borrowed); else -errno and why:
 * -EACCES another passphrase, -EPROTO of a newer program, -EBADMSG damaged or foreign, -EUCLEAN its
 * database is, -EINVAL its configuration has errors, -ENOSPC. The restorer is freed after it. */
typedef void (*backup_restored_done)(int status, const char *reason, json_t *found, void *data);

/* `who` asked for it: for the audit, in what is restored. */
int backup_restorer_new(struct engine *engine, const struct backup_file *file,
                        const struct backup_key *key, const char *who, backup_restored_done done,
                        void *data, struct backup_restorer **ret_restorer);
/* Without a word to `done`. Returns NULL. */
struct backup_restorer *backup_restorer_free(struct backup_restorer *restorer);
