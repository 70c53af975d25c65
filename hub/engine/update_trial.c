/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update_trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/supervisor.h"
#include "hub/engine/update_health.h"
#include "hub/engine/update_stage.h"
#include "hub/store/audit_store.h"

enum {
    SECOND_US = 1000 * 1000,
    LOOK_EVERY_US = 2 * SECOND_US,
};

static uint64_t since_start_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

static int64_t seconds_on_trial(const struct update *update)
{
    return (int64_t)((since_start_us() - update->record.began_us) / SECOND_US);
}

int64_t update_seconds_left(const struct update *update)
{
    return update->engine->settings.update_trial - seconds_on_trial(update);
}

/* No change is acknowledged that going back would lose. */
void update_trial_freeze(struct update *update)
{
    char until[TIME_TEXT_MAX];

    snprintf(update->engine->frozen, sizeof(update->engine->frozen),
             "the update to %s is on trial until %s: wait, or warren update confirm",
             update->record.version,
             time_format(clock_seconds() + update_seconds_left(update), until));
}

/* In the audit and for those who look on. */
void update_tell(struct update *update, const char *kind, const char *text)
{
    struct engine *engine = update->engine;
    char after[160];

    event_log_add(engine->events, kind, NULL, NULL, NULL, "%s %s", update->record.version, text);
    snprintf(after, sizeof(after), "{\"version\":\"%s\",\"slot\":\"%c\"}", update->record.version,
             update->record.slot);
    if (store_begin(engine->store) < 0)
        return;
    audit_store_add(engine->store, &(struct audit_entry){.who = "hub",
                                                         .from = "hub",
                                                         .action = kind,
                                                         .object = "update",
                                                         .name = update->record.version,
                                                         .after = after});
    if (store_commit(engine->store) < 0)
        log_error("update: %s is not in the audit", kind);
}

int update_trial_begin(struct update *update)
{
    int r = update_stage_copy(update->engine->state_directory);

    update->record.began_us = since_start_us();
    if (r == 0)
        r = update_set_state(update, UPDATE_TRIAL);
    if (r < 0)
        log_error("update: the database before it can't be kept: %s", strerror(-r));
    return r;
}

int update_forget(struct update *update)
{
    int r = update_stage_drop(update->engine->state_directory);

    return r == 0 ? update_set_state(update, UPDATE_IDLE) : r;
}

/* ---- to the other slot ---- */

static void on_reboot(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status != -ECANCELED)
        update_finish(update, status, status < 0 ? role_link_detail(status, message) : "");
}

static void ask_reboot(struct update *update)
{
    int r = supervisor_ask(update->engine->supervisor, VERB_REBOOT, NULL, on_reboot, update);

    if (r < 0)
        update_finish(update, r, "warrend can't be asked");
}

/* The boot loader's choice was its last task. False: there is nothing more to do. */
static bool is_told(struct update *update, int status, const struct channel_message *message)
{
    if (status == -ECANCELED)
        return false;
    update->link = role_link_free(update->link);
    if (status < 0)
        update_finish(update, status, role_link_detail(status, message));
    return status >= 0;
}

static void on_trial_set(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (!is_told(update, status, message))
        return;
    status = update_set_state(update, UPDATE_REBOOTING);
    if (status < 0)
        update_finish(update, status, "it can't be written down");
    else
        ask_reboot(update);
}

static void on_choice_before_trial(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    if (status < 0 || message->header.verb != VERB_BOOT_CHOICE) {
        update_finish(update, status < 0 ? status : -EBADMSG, role_link_detail(status, message));
        return;
    }
    /* First, for the machine may go down as soon as the boot loader knows. */
    update_note_connected(update->engine, &update->record);
    status = update_set_state(update, UPDATE_INSTALLED);
    if (status < 0) {
        update->link = role_link_free(update->link);
        update_finish(update, status, "it can't be written down");
        return;
    }
    update->order.choice = *(const struct verb_boot_choice *)message->body;
    update->order.choice.slot = (uint8_t)update->slot;
    update->order.choice.trial = (uint8_t)update->record.slot;
    update_set_choice(update, on_trial_set);
}

static void ask_choice_before_trial(struct update *update)
{
    update_ask(update, VERB_BOOT_GET, NULL, on_choice_before_trial);
}

int update_reboot(struct update *update, update_done done, void *data,
                  char reason[static BACKUP_REASON_MAX])
{
    struct update_order order = {
        .done = done, .data = data, .begin = update_open, .opened = ask_choice_before_trial};
    int r = update_check_image(update, reason);

    if (r == 0 && update->record.state != UPDATE_INSTALLED)
        r = update_refuse(reason, -EINVAL, "no update is installed: warren update install FILE");
    return r < 0 ? r : update_take_order(update, &order, reason);
}

/* ---- kept ---- */

static void on_kept(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (!is_told(update, status, message))
        return;
    update->is_trial = false;
    update->engine->frozen[0] = 0;
    update->timer = sd_event_source_disable_unref(update->timer);
    (void)supervisor_tell(update->engine->supervisor, VERB_UPDATE_HEALTHY, NULL);
    update_tell(update, "update.confirmed", "is kept");
    status = update_forget(update);
    update_finish(update, status, status < 0 ? "what is left of the trial can't be removed" : "");
}

static void set_kept(struct update *update)
{
    update->order.choice = (struct verb_boot_choice){.slot = (uint8_t)update->slot};
    update_set_choice(update, on_kept);
}

int update_confirm(struct update *update, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX])
{
    struct update_order order = {
        .done = done, .data = data, .begin = update_open, .opened = set_kept};
    int r = update_check_image(update, reason);

    if (r == 0 && !update->is_trial)
        r = update_refuse(reason, -EINVAL, "no update is on trial");
    return r < 0 ? r : update_take_order(update, &order, reason);
}

/* ---- taken back ---- */

static void forget_installed(struct update *update)
{
    int r = update_set_state(update, UPDATE_IDLE);

    update_finish(update, r, r < 0 ? "it can't be written down" : "");
}

int update_rollback(struct update *update, update_done done, void *data,
                    char reason[static BACKUP_REASON_MAX])
{
    struct update_order order = {
        .done = done, .data = data, .begin = update->is_trial ? ask_reboot : forget_installed};
    int r = update_check_image(update, reason);

    if (r == 0 && !update->is_trial && update->record.state != UPDATE_INSTALLED)
        r = update_refuse(reason, -EINVAL, "no update is on trial, and none is installed");
    return r < 0 ? r : update_take_order(update, &order, reason);
}

/* ---- the trial ---- */

static void on_confirmed(int status, const char *reason, void *data)
{
    (void)data;
    if (status < 0)
        log_error("update: it is healthy, and that can't be said: %s", reason);
}

static void on_given_up(int status, const char *reason, void *data)
{
    (void)data;
    if (status < 0)
        log_error("update: the machine can't be started again: %s", reason);
}

static void give_up(struct update *update)
{
    char reason[BACKUP_REASON_MAX];

    log_error("update: %s is not healthy in time (%s): back to the system before it",
              update->record.version, update->waiting_for);
    (void)update_rollback(update, on_given_up, update, reason);
}

static void look(struct update *update)
{
    char reason[BACKUP_REASON_MAX];

    if (update_is_healthy(update->engine, &update->record,
                          clock_seconds() - seconds_on_trial(update), update->waiting_for,
                          sizeof(update->waiting_for)))
        (void)update_confirm(update, on_confirmed, update, reason);
    else if (update_seconds_left(update) <= 0)
        give_up(update);
}

static int on_time(sd_event_source *source, uint64_t now, void *data)
{
    struct update *update = data;

    (void)now;
    sd_event_source_set_time_relative(source, LOOK_EVERY_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    if (!update->busy)
        look(update);
    return 0;
}

int update_trial_watch(struct update *update)
{
    event_log_add(update->engine->events, "update.trial", NULL, NULL, NULL, "%s is on trial",
                  update->record.version);
    return sd_event_add_time_relative(update->engine->event, &update->timer, CLOCK_MONOTONIC,
                                      LOOK_EVERY_US, 0, on_time, update);
}
