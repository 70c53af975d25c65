/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/backups.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/event_log.h"
#include "hub/store/backup_store.h"

enum {
    LOOK_EVERY_S = 60,
    RETRY_S = 3600, /* after a failure */
    FIRST_LOOK_S = 30,
};

struct backups {
    struct engine *engine;
    sd_event_source *timer;
    struct backup_maker *maker;
    struct backup_restorer *restorer;
    backup_made_done made;
    backup_restored_done restored;
    void *data;
    int64_t failed_at; /* of a scheduled one; 0 = the last one did not fail */
    char problem[BACKUP_REASON_MAX];
};

/* ---- one at a time ---- */

static void on_made(int status, const char *reason, const struct backup_made *made, void *data)
{
    struct backups *backups = data;

    backups->maker = NULL;
    backups->made(status, reason, made, backups->data);
    backup_shelf_tidy(backups->engine, false);
}

static void on_restored(int status, const char *reason, json_t *found, void *data)
{
    struct backups *backups = data;

    backups->restorer = NULL;
    backups->restored(status, reason, found, backups->data);
}

static bool is_busy(const struct backups *backups, char *reason)
{
    if (!backups->maker && !backups->restorer)
        return false;
    snprintf(reason, BACKUP_REASON_MAX, "a backup is being %s: try again in a moment",
             backups->maker ? "made" : "restored");
    return true;
}

int backups_make(struct backups *backups, const struct backup_lock *lock, enum backup_kind kind,
                 backup_made_done done, void *data, char reason[static BACKUP_REASON_MAX])
{
    if (is_busy(backups, reason))
        return -EBUSY;
    backups->made = done;
    backups->data = data;
    return backup_maker_new(backups->engine, lock, kind, on_made, backups, &backups->maker, reason);
}

int backups_restore(struct backups *backups, const struct backup_file *file,
                    const struct backup_key *key, const char *who, backup_restored_done done,
                    void *data, char reason[static BACKUP_REASON_MAX])
{
    int r;

    if (is_busy(backups, reason))
        return -EBUSY;
    backups->restored = done;
    backups->data = data;
    r = backup_restorer_new(backups->engine, file, key, who, on_restored, backups,
                            &backups->restorer);
    if (r < 0)
        snprintf(reason, BACKUP_REASON_MAX, "it can't be begun: %s", strerror(-r));
    return r;
}

/* ---- those that the clock asks for ---- */

struct shelf_view {
    int64_t last;
    unsigned scheduled;
    uint64_t bytes;
};

static void view_shelf(const struct engine *engine, struct shelf_view *ret_view)
{
    _cleanup_free_ struct backup_file *files = NULL;
    struct shelf_view view = {0};
    size_t count = 0;

    (void)backup_shelf_list(engine, &files, &count);
    for (size_t i = 0; i < count; i++) {
        view.bytes += files[i].bytes;
        if (files[i].kind != BACKUP_SCHEDULED)
            continue;
        if (!view.scheduled++)
            view.last = files[i].created_at;
    }
    *ret_view = view;
}

static int64_t next_time(const struct backups *backups, int64_t last)
{
    int64_t due = last ? last + backups->engine->settings.backup_every : clock_seconds();

    if (backups->failed_at && due < backups->failed_at + RETRY_S)
        return backups->failed_at + RETRY_S;
    return due;
}

static void scheduled_failed(struct backups *backups, const char *reason)
{
    backups->failed_at = clock_seconds();
    text_copy_cut(backups->problem, sizeof(backups->problem), reason);
    log_error("the scheduled backup was not made: %s", reason);
    event_log_add(backups->engine->events, "backup.failed", NULL, NULL, NULL,
                  "the scheduled backup was not made: %s", reason);
}

static void on_scheduled(int status, const char *reason, const struct backup_made *made, void *data)
{
    struct backups *backups = data;

    if (status < 0) {
        scheduled_failed(backups, reason);
        return;
    }
    backups->failed_at = 0;
    backups->problem[0] = 0;
    log_info("backup %s was made, %" PRIu64 " bytes", made->file.id, made->file.bytes);
    event_log_add(
        backups->engine->events, "backup.created", NULL, NULL,
        json_pack("{s:s,s:I}", "backup", made->file.id, "bytes", (json_int_t)made->file.bytes),
        "the scheduled backup was made");
}

static void make_scheduled(struct backups *backups)
{
    struct backup_lock_row row;
    char reason[BACKUP_REASON_MAX] = "";
    int r = backup_store_get(backups->engine->store, &row);

    if (r == -ENOENT)
        return;
    if (r == 0)
        r = backups_make(backups, &row.lock, BACKUP_SCHEDULED, on_scheduled, backups, reason);
    sodium_memzero(&row, sizeof(row));
    if (r < 0 && r != -EBUSY)
        scheduled_failed(backups, *reason ? reason : strerror(-r));
}

static int on_time(sd_event_source *source, uint64_t now, void *data)
{
    struct backups *backups = data;
    struct shelf_view view;

    (void)now;
    sd_event_source_set_time_relative(source, (uint64_t)LOOK_EVERY_S * 1000000);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    backup_shelf_tidy(backups->engine, false);
    view_shelf(backups->engine, &view);
    if (!backups->engine->frozen[0] && next_time(backups, view.last) <= clock_seconds())
        make_scheduled(backups);
    return 0;
}

void backups_look_soon(struct backups *backups)
{
    backups->failed_at = 0;
    sd_event_source_set_time_relative(backups->timer, 0);
    sd_event_source_set_enabled(backups->timer, SD_EVENT_ONESHOT);
}

json_t *backups_status_json(struct backups *backups)
{
    struct backup_lock_row row;
    struct shelf_view view;
    bool has_key = backup_store_get(backups->engine->store, &row) == 0;

    sodium_memzero(&row, sizeof(row));
    view_shelf(backups->engine, &view);
    return json_pack("{s:b,s:o,s:o,s:i,s:I,s:s?}", "key", has_key, "last", json_time(view.last),
                     "next", has_key ? json_time(next_time(backups, view.last)) : json_null(),
                     "kept", (int)view.scheduled, "bytes", (json_int_t)view.bytes, "problem",
                     backups->problem[0] ? backups->problem : NULL);
}

/* ---- life ---- */

int backups_new(struct engine *engine, struct backups **ret_backups)
{
    struct backups *backups = memory_zero(sizeof(*backups));
    int r;

    backups->engine = engine;
    backup_shelf_tidy(engine, true);
    r = sd_event_add_time_relative(engine->event, &backups->timer, CLOCK_MONOTONIC,
                                   (uint64_t)FIRST_LOOK_S * 1000000, 0, on_time, backups);
    if (r < 0) {
        free(backups);
        return r;
    }
    *ret_backups = backups;
    return 0;
}

struct backups *backups_free(struct backups *backups)
{
    if (!backups)
        return NULL;
    backup_maker_free(backups->maker);
    backup_restorer_free(backups->restorer);
    sd_event_source_disable_unref(backups->timer);
    free(backups);
    return NULL;
}
