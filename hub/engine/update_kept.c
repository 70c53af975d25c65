/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update_kept.h"

#include <errno.h>
#include <time.h>

#include "hub/base/log.h"
#include "hub/engine/update_health.h"

enum {
    SECOND_US = 1000 * 1000,
    LOOK_EVERY_US = 2 * SECOND_US,
    TELL_AGAIN_US = 60 * SECOND_US,
};

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
    update_finish(update, 0, "");
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
    update_set_choice(update, on_counted);
}

static void ask_choice_of_kept(struct update *update)
{
    update_ask(update, VERB_BOOT_GET, NULL, on_choice_of_kept);
}

static int on_kept_time(sd_event_source *source, uint64_t now, void *data)
{
    struct update *update = data;
    char waiting_for[BACKUP_REASON_MAX], reason[BACKUP_REASON_MAX];
    const struct update_record nobody = {0};

    (void)now;
    struct update_order order = {.begin = update_open, .opened = ask_choice_of_kept};

    /* What comes in has warren-update to itself. */
    if (!update->busy && !update->link &&
        update_is_healthy(update->engine, &nobody, 0, waiting_for, sizeof(waiting_for)))
        return update_take_order(update, &order, reason);
    sd_event_source_set_time_relative(source, LOOK_EVERY_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

int update_kept_watch(struct update *update)
{
    return sd_event_add_time_relative(update->engine->event, &update->timer, CLOCK_MONOTONIC,
                                      LOOK_EVERY_US, 0, on_kept_time, update);
}
