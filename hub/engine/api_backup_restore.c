/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup restored; what the hub closes its own backups with. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/state_swap.h"
#include "hub/base/text.h"
#include "hub/engine/api_backup.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/backups.h"
#include "hub/engine/event_log.h"
#include "hub/store/backup_store.h"

/* ---- restoring ---- */

struct restoring {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    bool dry_run;
    struct backup_file file;
};

static void answer_dry(struct restoring *restoring, int state_fd, json_t *found)
{
    (void)state_swap_clear(state_fd);
    api_answer(restoring->call, 200, NULL, json_pack("{s:O,s:[]}", "would", found, "changes"));
}

/* From the commit on what runs belongs to a state that is over: no change is taken any more. */
static void commit(struct restoring *restoring, int state_fd, json_t *found)
{
    struct engine *engine = restoring->engine;
    int r = state_swap_commit(state_fd);

    if (r < 0) {
        (void)state_swap_clear(state_fd);
        api_backup_refuse(restoring->call, r, "");
        return;
    }
    text_copy(engine->frozen, sizeof(engine->frozen),
              "a backup was restored and the hub is starting with it: try again in a moment");
    log_info("a backup was restored: starting with it");
    json_object_set_new(found, "restored", json_true());
    api_answer(restoring->call, 200, NULL, json_incref(found));
    engine_start_again(engine);
}

static void on_restored(int status, const char *reason, json_t *found, void *data)
{
    struct restoring *restoring = data;
    _cleanup_close_ int state_fd = -1;

    if (status == 0) {
        state_fd = open(restoring->engine->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        status = state_fd < 0 ? -errno : 0;
    }
    if (status < 0)
        api_backup_refuse(restoring->call, status, reason);
    else if (restoring->dry_run)
        answer_dry(restoring, state_fd, found);
    else
        commit(restoring, state_fd, found);
    free(restoring);
}

static void restore_with(const struct backup_key *key, void *data)
{
    struct restoring *restoring = data;
    char reason[BACKUP_REASON_MAX] = "";
    int r;

    if (!key) {
        free(restoring);
        return;
    }
    r = backups_restore(restoring->engine->backups, &restoring->file, key,
                        restoring->request->caller->who, on_restored, restoring, reason);
    if (r < 0) {
        api_backup_refuse(restoring->call, r, reason);
        free(restoring);
    }
}

void api_backup_restore(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    struct restoring *restoring;
    struct backup_file file;

    if (!api_find_backup(engine, call, request->parameters[0], &file))
        return;
    restoring = memory_zero(sizeof(*restoring));
    *restoring = (struct restoring){engine, call, request, request->dry_run, file};
    api_want_backup_key(engine, call, request->body, &file.kdf, restore_with, restoring);
}

/* ---- the lock of the hub's own backups ---- */

static json_t *lock_json(struct engine *engine)
{
    struct backup_lock_row row = {0};
    bool is_set = backup_store_get(engine->store, &row) == 0;
    json_t *object =
        json_pack("{s:b,s:o,s:o}", "set", is_set, "created_at", json_time(row.created_at), "kdf",
                  is_set ? backup_kdf_json(&row.lock.kdf) : json_null());

    sodium_memzero(&row, sizeof(row));
    return object;
}

void api_backup_key_get(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    (void)request;
    api_answer(call, 200, NULL, lock_json(engine));
}

struct locking {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
};

/* `lock` NULL: it is taken away. */
static void change_lock(const struct locking *locking, const struct backup_lock *lock)
{
    struct engine *engine = locking->engine;
    _cleanup_api_change_ struct api_change change = {.engine = engine,
                                                     .call = locking->call,
                                                     .request = locking->request,
                                                     .action = lock ? "backup.key-set"
                                                                    : "backup.key-delete",
                                                     .object = "backup-key",
                                                     .name = "hub",
                                                     .is_plain = true};
    int r;

    change.before = lock_json(engine);
    if (!api_change_begin(&change))
        return;
    r = lock ? backup_store_put(engine->store, lock) : backup_store_remove(engine->store);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    change.after = lock_json(engine);
    if (!api_change_commit(&change, 200))
        return;
    event_log_add(engine->events, "backup.changed", NULL, NULL, NULL,
                  "the passphrase of scheduled backups was %s by %s", lock ? "set" : "removed",
                  locking->request->caller->who);
    if (lock)
        backups_look_soon(engine->backups);
    api_answer(locking->call, 200, NULL, json_incref(change.after));
}

static void set_lock(const struct backup_lock *lock, void *data)
{
    if (lock)
        change_lock(data, lock);
    free(data);
}

void api_backup_key_set(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    struct locking *locking = memory_zero(sizeof(*locking));

    *locking = (struct locking){engine, call, request};
    api_want_backup_lock(engine, call, request->body, set_lock, locking);
}

void api_backup_key_delete(struct engine *engine, struct api_call *call,
                           const struct api_request *request)
{
    change_lock(&(struct locking){engine, call, request}, NULL);
}
