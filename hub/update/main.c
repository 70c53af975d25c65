/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-update: checks an update and writes it into the slot that does not run; tells the boot
 * loader. Started by warrend with the devices open; does what the engine says on its channel. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/base/text.h"
#include "hub/channel/channel.h"
#include "hub/update/boot_block.h"
#include "hub/update/slot_writer.h"

struct update {
    sd_event *event;
    struct channel *channel;
    struct slot_writer *writer; /* made with the first part */
    struct slot_devices devices;
    int choice_fd;
};

/* ---- answers ---- */

static void acknowledge(struct update *update, const struct channel_header *header, int status,
                        const char *detail)
{
    struct verb_ack ack = {.status = status};

    text_copy_cut(ack.detail, sizeof(ack.detail), detail);
    (void)channel_send(update->channel, VERB_ACK, header->request, header->generation, &ack,
                       sizeof(ack), NULL, 0, NULL, 0);
}

static void answer(struct update *update, const struct channel_header *header, enum verb verb,
                   const void *body, size_t size)
{
    (void)channel_send(update->channel, verb, header->request, header->generation, body, size, NULL,
                       0, NULL, 0);
}

/* ---- verbs ---- */

static void on_part(struct update *update, const struct channel_message *message)
{
    const struct verb_blob *part = message->body;
    char reason[BUNDLE_REASON_MAX] = "";
    int r = 0;

    if (!update->writer)
        r = slot_writer_new(&update->devices, &update->writer);
    if (r == 0)
        r = slot_writer_feed(update->writer, part->bytes, part->size, reason);
    acknowledge(update, &message->header, r, reason[0] || r == 0 ? reason : strerror(-r));
}

static void on_end(struct update *update, const struct channel_message *message)
{
    struct verb_update_written written = {0};
    char reason[BUNDLE_REASON_MAX] = "";
    int r = update->writer
                ? slot_writer_end(update->writer, written.version, &written.schema_version, reason)
                : -EBADMSG;

    update->writer = slot_writer_free(update->writer);
    if (r < 0)
        acknowledge(update, &message->header, r, reason[0] ? reason : strerror(-r));
    else
        answer(update, &message->header, VERB_UPDATE_WRITTEN, &written, sizeof(written));
}

static void on_boot_get(struct update *update, const struct channel_message *message)
{
    struct boot_choice choice;
    int r = boot_block_read(update->choice_fd, &choice);
    struct verb_boot_choice body = {.slot = (uint8_t)choice.slot,
                                    .trial = (uint8_t)choice.trial,
                                    .failures = (uint8_t)choice.failures};

    if (r < 0)
        acknowledge(update, &message->header, r, "reading what the boot loader is told");
    else
        answer(update, &message->header, VERB_BOOT_CHOICE, &body, sizeof(body));
}

static void on_boot_set(struct update *update, const struct channel_message *message)
{
    const struct verb_boot_choice *body = message->body;
    struct boot_choice choice = {
        .slot = (char)body->slot, .trial = (char)body->trial, .failures = body->failures};
    int r = boot_block_write(update->choice_fd, &choice);

    acknowledge(update, &message->header, r, "telling the boot loader");
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    (void)channel;
    switch ((int)message->header.verb) {
    case VERB_UPDATE_PART:
        on_part(data, message);
        return 0;
    case VERB_UPDATE_END:
        on_end(data, message);
        return 0;
    case VERB_BOOT_GET:
        on_boot_get(data, message);
        return 0;
    case VERB_BOOT_SET:
        on_boot_set(data, message);
        return 0;
    }
    return -EBADMSG;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct update *update = data;

    (void)channel;
    (void)sd_event_exit(update->event, error < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
};

/* ---- the start ---- */

enum { CHANNEL_FD = 3, BOOT_FD, ROOT_FD, CHOICE_FD, KEY_FD };

static int read_key(struct update *update)
{
    ssize_t size = read(KEY_FD, update->devices.public_key, sizeof(update->devices.public_key));

    if (size != sizeof(update->devices.public_key))
        return size < 0 ? -errno : -EBADMSG;
    close(KEY_FD);
    return 0;
}

static int run(struct update *update)
{
    int r = sd_event_default(&update->event);

    if (r >= 0)
        r = channel_new(update->event, CHANNEL_FD, ROLE_ENGINE, &channel_handlers, update,
                        &update->channel);
    return r < 0 ? r : sd_event_loop(update->event);
}

int main(int argc, char **argv)
{
    struct update update = {.devices = {.fds = {[BUNDLE_BOOT] = BOOT_FD, [BUNDLE_ROOT] = ROOT_FD},
                                        .version = WARREN_VERSION,
                                        .schema_version = WARREN_SCHEMA_VERSION},
                            .choice_fd = CHOICE_FD};
    int r;

    (void)argv;
    log_open("warren-update");
    if (argc != 1 || fcntl(KEY_FD, F_GETFD) < 0) {
        fprintf(stderr, "warren-update is started by warrend\n");
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    r = read_key(&update);
    if (r >= 0)
        r = sandbox_enter(ROLE_UPDATE, NULL, 0);
    if (r >= 0)
        r = run(&update);
    if (r < 0)
        log_error("ending: %s", strerror(-r));
    slot_writer_free(update.writer);
    channel_free(update.channel);
    sd_event_unref(update.event);
    return r < 0 ? EXIT_FAILURE : r;
}
