/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/update_order.h"
#include "hub/update/bundle.h"

/* A bundle of which nothing more comes. */
#define ABANDONED_US (UINT64_C(600) * 1000 * 1000)

/* The next one begins anew. */
static void stop_installing(struct update *update, int status,
                            const struct channel_message *message)
{
    char detail[BACKUP_REASON_MAX];

    text_copy_cut(detail, sizeof(detail), role_link_detail(status, message));
    update_close(update);
    update_finish(update, status, detail);
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
    status = update_set_state(update, UPDATE_INSTALLED);
    if (status == 0)
        event_log_add(update->engine->events, "update.installed", NULL, NULL, NULL,
                      "%s is in slot %c", update->record.version, update->record.slot);
    update->link = role_link_free(update->link);
    update_finish(update, status, status < 0 ? "it can't be written down" : "");
}

static int on_abandoned(sd_event_source *source, uint64_t now, void *data)
{
    struct update *update = data;

    (void)source, (void)now;
    if (update->busy || !update->link)
        return 0;
    log_warning("update: its end did not come, ignoring what was written of it");
    update_close(update);
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
        update_ask(update, VERB_UPDATE_END, NULL, on_written);
        return;
    }
    expect_more(update);
    update_finish(update, 0, "");
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
    update_ask(update, VERB_UPDATE_PART, &body, on_part);
}

/* From now on the other slot is not what it was. */
static void begin_install(struct update *update)
{
    if (update->record.state != UPDATE_IDLE)
        (void)update_set_state(update, UPDATE_IDLE);
    update_open(update);
}

int update_install(struct update *update, uint64_t offset, const uint8_t *bytes, size_t size,
                   uint64_t total, update_done done, void *data,
                   char reason[static BACKUP_REASON_MAX])
{
    struct update_order order = {.done = done,
                                 .data = data,
                                 .begin = offset ? send_part : begin_install,
                                 .opened = send_part,
                                 .total = total};
    int r = update_check_image(update, reason);

    if (r < 0)
        return r;
    if (total > BUNDLE_SIZE_MAX)
        return update_refuse(
            reason, -EFBIG,
            "no update is that large: warren.bundle of a build of the image would do");
    if (offset && (!update->link || offset != update->received || total != update->total)) {
        snprintf(reason, BACKUP_REASON_MAX, "the next part begins at %llu",
                 (unsigned long long)update->received);
        return -EINVAL;
    }
    buf_add(&order.bytes, bytes, size);
    return update_take_order(update, &order, reason);
}
