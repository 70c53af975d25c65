/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/api_json.h"
#include "hub/engine/event_log.h"
#include "hub/engine/role_link.h"
#include "hub/engine/supervisor.h"
#include "hub/engine/update_health.h"
#include "hub/engine/update_record.h"
#include "hub/engine/update_stage.h"
#include "hub/store/audit_store.h"
#include "hub/update/bundle.h"

enum {
    SECOND_US = 1000 * 1000,
    LOOK_EVERY_US = 2 * SECOND_US,
    TELL_AGAIN_US = 60 * SECOND_US,
    ABANDONED_US = 600 * SECOND_US, /* a bundle of which nothing more comes */
};

/* What is asked of warren-update, or of warrend, one thing at a time. */
struct order {
    update_done done; /* NULL: nobody waits for it */
    void *data;
    void (*begin)(struct update *update);
    void (*opened)(struct update *update); /* what to do once warren-update runs */
    struct verb_boot_choice choice;        /* what to tell the boot loader */
    struct buf bytes;                      /* the next part */
    uint64_t total;                        /* bytes of the whole */
};

/* A slow disk, all of it synced. */
#define PART_TIMEOUT_US (UINT64_C(600) * SECOND_US)

struct update {
    struct engine *engine;
    char slot, kind[12];
    struct update_record record;
    bool was_taken_back; /* to be told once the store is open */
    bool is_trial;
    struct role_link *link; /* to warren-update; NULL = it does not run */
    uint64_t received;      /* of a bundle that comes in */
    uint64_t total;         /* bytes of it */
    bool busy;
    struct order order;
    bool has_next; /* of somebody, while one goes on that nobody waits for */
    struct order next;
    sd_event_source *timer;
    sd_event_source *abandoned; /* while a bundle comes in */
    char waiting_for[BACKUP_REASON_MAX], problem[BACKUP_REASON_MAX];
};

/* ---- the record ---- */

static int set_state(struct update *update, enum update_state state)
{
    enum update_state before = update->record.state;
    int r;

    update->record.state = state;
    r = update_record_write(update->engine->state_directory, &update->record);
    if (r < 0) {
        log_error("update: %s can't be written down: %s", update_state_name(state), strerror(-r));
        update->record.state = before;
        return r;
    }
    log_info("update: %s -> %s", update_state_name(before), update_state_name(state));
    return 0;
}

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

static int64_t seconds_left(const struct update *update)
{
    return update->engine->settings.update_trial - seconds_on_trial(update);
}

/* No change is acknowledged that going back would lose. */
static void freeze(struct update *update)
{
    char until[TIME_TEXT_MAX];

    snprintf(update->engine->frozen, sizeof(update->engine->frozen),
             "the update to %s is on trial until %s: wait, or warren update confirm",
             update->record.version, time_format(clock_seconds() + seconds_left(update), until));
}

/* In the audit and for those who look on. */
static void tell(struct update *update, const char *kind, const char *text)
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

/* ---- what a start has to do first ---- */

static int begin_trial(struct update *update)
{
    int r = update_stage_copy(update->engine->state_directory);

    update->record.began_us = since_start_us();
    if (r == 0)
        r = set_state(update, UPDATE_TRIAL);
    if (r < 0)
        log_error("update: the database before it can't be kept: %s", strerror(-r));
    return r;
}

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
    return set_state(update, UPDATE_FAILED);
}

static int forget(struct update *update)
{
    int r = update_stage_drop(update->engine->state_directory);

    return r == 0 ? set_state(update, UPDATE_IDLE) : r;
}

static int begin(struct update *update)
{
    switch (update_record_start(&update->record, update->slot, update->kind)) {
    case UPDATE_START_PLAIN:
        return 0;
    case UPDATE_START_TRIAL:
        update->is_trial = true;
        return begin_trial(update);
    case UPDATE_START_ON_TRIAL:
        update->is_trial = true;
        return 0;
    case UPDATE_START_CONFIRMED:
        return forget(update);
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
        freeze(update);
    if (r != 0) {
        update_free(update);
        return r;
    }
    *ret_update = update;
    return 0;
}

/* ---- warren-update ---- */

static void finish(struct update *update, int status, const char *reason)
{
    struct order order = update->order;
    char copy[BACKUP_REASON_MAX];

    text_copy_cut(copy, sizeof(copy), reason);
    buf_done(&update->order.bytes);
    update->order = (struct order){0};
    update->busy = false;
    if (order.done)
        order.done(status, copy, order.data);
    if (update->busy || !update->has_next)
        return;
    update->has_next = false;
    update->busy = true;
    update->order = update->next;
    update->order.begin(update);
}

static void on_link_message(struct role_link *link, struct channel_message *message, void *data)
{
    (void)link, (void)data;
    log_warning("warren-update said %s unasked, ignoring", verb_name(message->header.verb));
}

static void on_link_closed(struct role_link *link, void *data)
{
    struct update *update = data;

    (void)link;
    update->link = role_link_free(update->link);
    update->received = 0;
}

static void on_opened(int status, struct channel_message *message, void *data)
{
    static const struct role_link_handlers handlers = {
        .message = on_link_message,
        .closed = on_link_closed,
    };
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    if (status == 0 && message->header.verb == VERB_UPDATE_OPENED)
        status = ((const struct verb_status *)message->body)->status;
    if (status == 0)
        status = role_link_new(update->engine->event, TAKE_FD(message->fds[0]), ROLE_UPDATE,
                               &handlers, update, &update->link);
    if (status < 0)
        finish(update, status, status == -EOPNOTSUPP ? "" : "warren-update can't be started");
    else
        update->order.opened(update);
}

/* Runs what the order says with a fresh warren-update. */
static void open_link(struct update *update)
{
    int r;

    update->link = role_link_free(update->link);
    update->received = 0;
    r = supervisor_ask(update->engine->supervisor, VERB_UPDATE_OPEN, NULL, on_opened, update);
    if (r < 0)
        finish(update, r, "warren-update can't be started");
}

static void ask(struct update *update, enum verb verb, const struct role_link_body *body,
                role_link_done done)
{
    int r = update->link ? role_link_call(update->link, verb, body, PART_TIMEOUT_US, done, update)
                         : -EPIPE;

    if (r < 0)
        finish(update, r, "warren-update went away");
}

/* ---- installing ---- */

/* The next one begins anew. */
static void stop_installing(struct update *update, int status,
                            const struct channel_message *message)
{
    char detail[BACKUP_REASON_MAX];

    text_copy_cut(detail, sizeof(detail), role_link_detail(status, message));
    update->link = role_link_free(update->link);
    update->received = 0;
    finish(update, status, detail);
}

static void on_written(int status, struct channel_message *message, void *data)
{
    struct update *update = data;
    const struct verb_update_written *written;

    if (status == -ECANCELED)
        return;
    if (status < 0 || message->header.verb != VERB_UPDATE_WRITTEN) {
        stop_installing(update, status < 0 ? status : -EBADMSG, message);
        return;
    }
    written = message->body;
    update_record_done(&update->record);
    update->record.slot = update->slot == 'a' ? 'b' : 'a';
    text_copy(update->record.version, sizeof(update->record.version), written->version);
    text_copy(update->record.from, sizeof(update->record.from), WARREN_VERSION);
    update->problem[0] = 0;
    status = set_state(update, UPDATE_INSTALLED);
    if (status == 0)
        event_log_add(update->engine->events, "update.installed", NULL, NULL, NULL,
                      "%s is in slot %c", update->record.version, update->record.slot);
    update->link = role_link_free(update->link);
    finish(update, status, status < 0 ? "it can't be written down" : "");
}

static int on_abandoned(sd_event_source *source, uint64_t now, void *data)
{
    struct update *update = data;

    (void)source, (void)now;
    if (update->busy || !update->link)
        return 0;
    log_warning("update: its end did not come, ignoring what was written of it");
    update->link = role_link_free(update->link);
    update->received = 0;
    return 0;
}

static void expect_more(struct update *update)
{
    update->abandoned = sd_event_source_disable_unref(update->abandoned);
    (void)sd_event_add_time_relative(update->engine->event, &update->abandoned, CLOCK_MONOTONIC,
                                     ABANDONED_US, 0, on_abandoned, update);
}

/* Each tenth of it, for those who look on. */
static void tell_progress(struct update *update, uint64_t received)
{
    uint64_t before = update->received * 10 / update->total, now = received * 10 / update->total;

    if (now > before)
        event_log_add(update->engine->events, "update.progress", NULL, NULL,
                      json_pack("{s:I,s:I}", "received", (json_int_t)received, "total",
                                (json_int_t)update->total),
                      "%u %% of an update are written", (unsigned)(10 * now));
}

static void on_part(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    if (status < 0) {
        stop_installing(update, status, message);
        return;
    }
    tell_progress(update, update->received + update->order.bytes.length);
    update->received += update->order.bytes.length;
    if (update->received == update->total) {
        ask(update, VERB_UPDATE_END, NULL, on_written);
        return;
    }
    expect_more(update);
    finish(update, 0, "");
}

static void send_part(struct update *update)
{
    struct verb_blob part = {.size = (uint32_t)update->order.bytes.length};
    struct role_link_body body = {.fixed = &part,
                                  .fixed_size = sizeof(part),
                                  .tail = update->order.bytes.data,
                                  .tail_size = update->order.bytes.length,
                                  .fd = -1};

    update->total = update->order.total;
    ask(update, VERB_UPDATE_PART, &body, on_part);
}

static int refuse(char *reason, int error, const char *text)
{
    snprintf(reason, BACKUP_REASON_MAX, "%s", text);
    return error;
}

static int check_image(const struct update *update, char *reason)
{
    return update->slot ? 0
                        : refuse(reason, -EOPNOTSUPP,
                                 "this hub was not started from an image: update its packages");
}

static bool can_take(const struct update *update)
{
    return !update->busy || (!update->order.done && !update->has_next);
}

/* Taken over. What nobody waits for lets it wait; what somebody does, has it refused. */
static int take_order(struct update *update, struct order *order, char *reason)
{
    if (!can_take(update)) {
        buf_done(&order->bytes);
        return refuse(reason, -EBUSY,
                      "something about the update is under way: try again in a moment");
    }
    if (update->busy) {
        update->next = *order;
        update->has_next = true;
        return 0;
    }
    update->busy = true;
    update->order = *order;
    update->order.begin(update);
    return 0;
}

/* From now on the other slot is not what it was. */
static void begin_install(struct update *update)
{
    if (update->record.state != UPDATE_IDLE)
        (void)set_state(update, UPDATE_IDLE);
    open_link(update);
}

int update_install(struct update *update, uint64_t offset, const uint8_t *bytes, size_t size,
                   uint64_t total, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX])
{
    struct order order = {.done = done,
                          .data = data,
                          .begin = offset ? send_part : begin_install,
                          .opened = send_part,
                          .total = total};
    int r = check_image(update, reason);

    if (r < 0)
        return r;
    if (total > BUNDLE_SIZE_MAX)
        return refuse(reason, -EFBIG,
                      "no update is that large: warren.bundle of a build of the image would do");
    if (offset && (!update->link || offset != update->received || total != update->total)) {
        snprintf(reason, BACKUP_REASON_MAX, "the next part begins at %llu",
                 (unsigned long long)update->received);
        return -EINVAL;
    }
    buf_add(&order.bytes, bytes, size);
    return take_order(update, &order, reason);
}

/* ---- the boot loader ---- */

static struct role_link_body choice_body(struct update *update)
{
    return (struct role_link_body){
        .fixed = &update->order.choice, .fixed_size = sizeof(update->order.choice), .fd = -1};
}

/* ---- to the other slot ---- */

static void on_reboot(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status != -ECANCELED)
        finish(update, status, status < 0 ? role_link_detail(status, message) : "");
}

static void ask_reboot(struct update *update)
{
    int r = supervisor_ask(update->engine->supervisor, VERB_REBOOT, NULL, on_reboot, update);

    if (r < 0)
        finish(update, r, "warrend can't be asked");
}

static void on_trial_set(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    update->link = role_link_free(update->link);
    if (status < 0) {
        finish(update, status, role_link_detail(status, message));
        return;
    }
    status = set_state(update, UPDATE_REBOOTING);
    if (status < 0)
        finish(update, status, "it can't be written down");
    else
        ask_reboot(update);
}

static void on_choice_before_trial(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    if (status < 0 || message->header.verb != VERB_BOOT_CHOICE) {
        finish(update, status < 0 ? status : -EBADMSG, role_link_detail(status, message));
        return;
    }
    /* First, for the machine may go down as soon as the boot loader knows. */
    update_note_connected(update->engine, &update->record);
    status = set_state(update, UPDATE_INSTALLED);
    if (status < 0) {
        update->link = role_link_free(update->link);
        finish(update, status, "it can't be written down");
        return;
    }
    update->order.choice = *(const struct verb_boot_choice *)message->body;
    update->order.choice.slot = (uint8_t)update->slot;
    update->order.choice.trial = (uint8_t)update->record.slot;
    struct role_link_body body = choice_body(update);
    ask(update, VERB_BOOT_SET, &body, on_trial_set);
}

static void ask_choice_before_trial(struct update *update)
{
    ask(update, VERB_BOOT_GET, NULL, on_choice_before_trial);
}

int update_reboot(struct update *update, update_done done, void *data,
                  char reason[static BACKUP_REASON_MAX])
{
    struct order order = {
        .done = done, .data = data, .begin = open_link, .opened = ask_choice_before_trial};
    int r = check_image(update, reason);

    if (r == 0 && update->record.state != UPDATE_INSTALLED)
        r = refuse(reason, -EINVAL, "no update is installed: warren update install FILE");
    return r < 0 ? r : take_order(update, &order, reason);
}

/* ---- kept ---- */

static void on_kept(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    update->link = role_link_free(update->link);
    if (status < 0) {
        finish(update, status, role_link_detail(status, message));
        return;
    }
    update->is_trial = false;
    update->engine->frozen[0] = 0;
    update->timer = sd_event_source_disable_unref(update->timer);
    (void)supervisor_tell(update->engine->supervisor, VERB_UPDATE_HEALTHY, NULL);
    tell(update, "update.confirmed", "is kept");
    status = forget(update);
    finish(update, status, status < 0 ? "what is left of the trial can't be removed" : "");
}

static void set_kept(struct update *update)
{
    update->order.choice = (struct verb_boot_choice){.slot = (uint8_t)update->slot};
    struct role_link_body body = choice_body(update);
    ask(update, VERB_BOOT_SET, &body, on_kept);
}

int update_confirm(struct update *update, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX])
{
    struct order order = {.done = done, .data = data, .begin = open_link, .opened = set_kept};
    int r = check_image(update, reason);

    if (r == 0 && !update->is_trial)
        r = refuse(reason, -EINVAL, "no update is on trial");
    return r < 0 ? r : take_order(update, &order, reason);
}

/* ---- taken back ---- */

static void forget_installed(struct update *update)
{
    int r = set_state(update, UPDATE_IDLE);

    finish(update, r, r < 0 ? "it can't be written down" : "");
}

int update_rollback(struct update *update, update_done done, void *data,
                    char reason[static BACKUP_REASON_MAX])
{
    struct order order = {
        .done = done, .data = data, .begin = update->is_trial ? ask_reboot : forget_installed};
    int r = check_image(update, reason);

    if (r == 0 && !update->is_trial && update->record.state != UPDATE_INSTALLED)
        r = refuse(reason, -EINVAL, "no update is on trial, and none is installed");
    return r < 0 ? r : take_order(update, &order, reason);
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
    else if (seconds_left(update) <= 0)
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

/* ---- a slot that is kept, and healthy ---- */

static void on_counted(int status, struct channel_message *message, void *data)
{
    struct update *update = data;

    if (status == -ECANCELED)
        return;
    if (status < 0) {
        log_warning("update: the boot loader can't be told that slot %c is healthy: %s",
                    update->slot, role_link_detail(status, message));
        sd_event_source_set_time_relative(update->timer, TELL_AGAIN_US);
        sd_event_source_set_enabled(update->timer, SD_EVENT_ONESHOT);
    }
    update->link = role_link_free(update->link);
    finish(update, 0, "");
}

static void on_choice_of_kept(int status, struct channel_message *message, void *data)
{
    struct update *update = data;
    const struct verb_boot_choice *choice;

    if (status < 0 || message->header.verb != VERB_BOOT_CHOICE) {
        on_counted(status < 0 ? status : -EBADMSG, message, data);
        return;
    }
    choice = message->body;
    if (choice->failures == 0 && choice->slot == (uint8_t)update->slot) {
        on_counted(0, message, data);
        return;
    }
    /* After a fallback, too: the slot that works is the one to be kept. */
    update->order.choice = (struct verb_boot_choice){.slot = (uint8_t)update->slot};
    struct role_link_body body = choice_body(update);
    ask(update, VERB_BOOT_SET, &body, on_counted);
}

static void ask_choice_of_kept(struct update *update)
{
    ask(update, VERB_BOOT_GET, NULL, on_choice_of_kept);
}

static int on_kept_time(sd_event_source *source, uint64_t now, void *data)
{
    struct update *update = data;
    char waiting_for[BACKUP_REASON_MAX], reason[BACKUP_REASON_MAX];
    const struct update_record nobody = {0};

    (void)now;
    struct order order = {.begin = open_link, .opened = ask_choice_of_kept};

    /* What comes in has warren-update to itself. */
    if (!update->busy && !update->link &&
        update_is_healthy(update->engine, &nobody, 0, waiting_for, sizeof(waiting_for)))
        return take_order(update, &order, reason);
    sd_event_source_set_time_relative(source, LOOK_EVERY_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

int update_start(struct update *update)
{
    if (update->was_taken_back) {
        tell(update, "update.rolled-back", "was not healthy: the system before it is back");
        snprintf(update->problem, sizeof(update->problem),
                 "%s was not healthy: the system before it is back", update->record.version);
    }
    if (!update->slot)
        return 0;
    if (update->is_trial)
        event_log_add(update->engine->events, "update.trial", NULL, NULL, NULL, "%s is on trial",
                      update->record.version);
    return sd_event_add_time_relative(update->engine->event, &update->timer, CLOCK_MONOTONIC,
                                      LOOK_EVERY_US, 0, update->is_trial ? on_time : on_kept_time,
                                      update);
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
        update->is_trial ? json_time(clock_seconds() + seconds_left(update)) : json_null(),
        "waiting_for", update->is_trial && update->waiting_for[0] ? update->waiting_for : NULL,
        "problem", update->problem[0] ? update->problem : NULL, "received",
        (json_int_t)update->received, "total",
        update->link && update->received ? json_integer((json_int_t)update->total) : json_null());
}
