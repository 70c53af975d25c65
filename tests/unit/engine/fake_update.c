/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for update.h: a hub that was not started from an image. */
#include <errno.h>

#include "hub/engine/update.h"

int update_install(struct update *update, uint64_t offset, const uint8_t *bytes, size_t size,
                   uint64_t total, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX])
{
    (void)update, (void)offset, (void)bytes, (void)size, (void)total, (void)done, (void)data;
    (void)reason;
    return -EOPNOTSUPP;
}

int update_reboot(struct update *update, update_done done, void *data,
                  char reason[static BACKUP_REASON_MAX])
{
    (void)update, (void)done, (void)data, (void)reason;
    return -EOPNOTSUPP;
}

int update_confirm(struct update *update, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX])
{
    (void)update, (void)done, (void)data, (void)reason;
    return -EOPNOTSUPP;
}

int update_rollback(struct update *update, update_done done, void *data,
                    char reason[static BACKUP_REASON_MAX])
{
    (void)update, (void)done, (void)data, (void)reason;
    return -EOPNOTSUPP;
}

json_t *update_json(struct update *update)
{
    (void)update;
    return json_pack("{s:b,s:n,s:n,s:s,s:s,s:n,s:n,s:n,s:n,s:n,s:i,s:n}", "available", 0, "slot",
                     "boot", "version", WARREN_VERSION, "state", "idle", "update_slot",
                     "update_version", "until", "waiting_for", "problem", "received", 0, "total");
}
