/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update_order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/supervisor.h"

/* A slow disk, all of it synced. */
#define PART_TIMEOUT_US (UINT64_C(600) * 1000 * 1000)

int update_set_state(struct update *update, enum update_state state)
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

int update_refuse(char *reason, int error, const char *text)
{
    snprintf(reason, BACKUP_REASON_MAX, "%s", text);
    return error;
}

int update_check_image(const struct update *update, char *reason)
{
    return update->slot
               ? 0
               : update_refuse(reason, -EOPNOTSUPP,
                               "this hub was not started from an image: update its packages");
}

/* ---- warren-update ---- */

void update_close(struct update *update)
{
    update->link = role_link_free(update->link);
    update->received = 0;
}

void update_finish(struct update *update, int status, const char *reason)
{
    struct update_order order = update->order;
    char copy[BACKUP_REASON_MAX];

    text_copy_cut(copy, sizeof(copy), reason);
    buf_done(&update->order.bytes);
    update->order = (struct update_order){0};
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
    update_close(update);
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
        update_finish(update, status,
                      status == -EOPNOTSUPP ? "" : "warren-update can't be started");
    else
        update->order.opened(update);
}

/* Runs what the order says with a fresh warren-update. */
void update_open(struct update *update)
{
    int r;

    update_close(update);
    r = supervisor_ask(update->engine->supervisor, VERB_UPDATE_OPEN, NULL, on_opened, update);
    if (r < 0)
        update_finish(update, r, "warren-update can't be started");
}

void update_ask(struct update *update, enum verb verb, const struct role_link_body *body,
                role_link_done done)
{
    int r = update->link ? role_link_call(update->link, verb, body, PART_TIMEOUT_US, done, update)
                         : -EPIPE;

    if (r < 0)
        update_finish(update, r, "warren-update went away");
}

void update_set_choice(struct update *update, role_link_done done)
{
    struct role_link_body body = {
        .fixed = &update->order.choice, .fixed_size = sizeof(update->order.choice), .fd = -1};

    update_ask(update, VERB_BOOT_SET, &body, done);
}

/* ---- one at a time ---- */

static bool can_take(const struct update *update)
{
    return !update->busy || (!update->order.done && !update->has_next);
}

/* Taken over. What nobody waits for lets it wait; what somebody does, has it refused. */
int update_take_order(struct update *update, struct update_order *order, char *reason)
{
    if (!can_take(update)) {
        buf_done(&order->bytes);
        return update_refuse(reason, -EBUSY,
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
