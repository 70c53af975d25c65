/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/engine/api_json.h"
#include "hub/engine/update_kept.h"
#include "hub/engine/update_order.h"
#include "hub/engine/update_stage.h"
#include "hub/engine/update_trial.h"

/* ---- what a start has to do first ---- */

static int take_back(struct update *update)
{
    int r = update->record.state == UPDATE_TRIAL
                ? update_stage_take_back(update->engine->state_directory)
                : 0;

    if (r > 0)
        log_warning("update: %s is taken back, and so is what it made of the database",
                    update->record.version);
    if (r != 0)
        return r;
    update->was_taken_back = true;
    return update_set_state(update, UPDATE_FAILED);
}

static int begin(struct update *update)
{
    switch (update_record_start(&update->record, update->slot, update->kind)) {
    case UPDATE_START_PLAIN:
        return 0;
    case UPDATE_START_TRIAL:
        update->is_trial = true;
        return update_trial_begin(update);
    case UPDATE_START_ON_TRIAL:
        update->is_trial = true;
        return 0;
    case UPDATE_START_CONFIRMED:
        return update_forget(update);
    case UPDATE_START_BACK:
        return take_back(update);
    }
    return 0;
}

int update_new(struct engine *engine, char slot, const char *kind, struct update **ret_update)
{
    struct update *update = memory_zero(sizeof(*update));
    int r;

    update->engine = engine;
    update->slot = slot;
    text_copy_cut(update->kind, sizeof(update->kind), kind);
    r = update_record_read(engine->state_directory, &update->record);
    if (r == -EBADMSG) {
        log_warning("update: what was written down of one can't be read, ignoring");
        r = 0;
    }
    if (r == 0)
        r = begin(update);
    if (r == 0 && update->is_trial)
        update_trial_freeze(update);
    if (r != 0) {
        update_free(update);
        return r;
    }
    *ret_update = update;
    return 0;
}

int update_start(struct update *update)
{
    if (update->was_taken_back) {
        update_tell(update, "update.rolled-back", "was not healthy: the system before it is back");
        snprintf(update->problem, sizeof(update->problem),
                 "%s was not healthy: the system before it is back", update->record.version);
    }
    if (!update->slot)
        return 0;
    return update->is_trial ? update_trial_watch(update) : update_kept_watch(update);
}

struct update *update_free(struct update *update)
{
    if (!update)
        return NULL;
    sd_event_source_disable_unref(update->timer);
    sd_event_source_disable_unref(update->abandoned);
    role_link_free(update->link);
    buf_done(&update->order.bytes);
    if (update->has_next)
        buf_done(&update->next.bytes);
    update_record_done(&update->record);
    free(update);
    return NULL;
}

/* ---- for those who ask ---- */

json_t *update_json(struct update *update)
{
    const char slot[] = {update->slot, 0}, other[] = {update->record.slot, 0};
    bool has_other = update->record.state != UPDATE_IDLE;
    const char *state =
        update->link && update->received ? "installing" : update_state_name(update->record.state);

    return json_pack(
        "{s:b,s:s?,s:s?,s:s,s:s,s:s?,s:s?,s:o,s:s?,s:s?,s:I,s:o}", "available", update->slot != 0,
        "slot", update->slot ? slot : NULL, "boot", update->slot ? update->kind : NULL, "version",
        WARREN_VERSION, "state", state, "update_slot", has_other ? other : NULL, "update_version",
        has_other ? update->record.version : NULL, "until",
        update->is_trial ? json_time(clock_seconds() + update_seconds_left(update)) : json_null(),
        "waiting_for", update->is_trial && update->waiting_for[0] ? update->waiting_for : NULL,
        "problem", update->problem[0] ? update->problem : NULL, "received",
        (json_int_t)update->received, "total",
        update->link && update->received ? json_integer((json_int_t)update->total) : json_null());
}
