/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/update_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/warrend/process.h"
#include "hub/warrend/slots.h"

struct update_process {
    struct supervisor *supervisor;
    struct process *process;   /* NULL: no update comes in */
    struct process *rebooting; /* the program that does it */
    sd_event_source *trial;    /* the longest that it may last */
};

static const struct slots *slots_of(const struct update_process *update)
{
    return &update->supervisor->slots;
}

/* ---- warren-update ---- */

static void on_ended(struct process *process, int status, void *data)
{
    struct update_process *update = data;
    char text[PROCESS_STATUS_TEXT_MAX];

    log_info("warren-update ended: %s", process_status_text(status, text));
    update->process = process_free(process);
}

struct devices {
    int boot, root, choice, key;
};

static void close_devices(struct devices *devices)
{
    cleanup_close(&devices->boot);
    cleanup_close(&devices->root);
    cleanup_close(&devices->choice);
    cleanup_close(&devices->key);
}

static int open_one(const char *path, int flags, int *ret_fd)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

    if (fd < 0) {
        log_error("cannot open %s: %s", path, strerror(errno));
        return -errno;
    }
    *ret_fd = fd;
    return 0;
}

/* Of the slot that does not run, whatever anybody asks for. */
static int open_devices(const struct slots *slots, struct devices *devices)
{
    int other = slots->slot == 'a' ? SLOT_B : SLOT_A;
    int r = open_one(slots->boot[other], O_RDWR, &devices->boot);

    if (r == 0)
        r = open_one(slots->root[other], O_RDWR, &devices->root);
    if (r == 0)
        r = open_one(slots->choice, O_RDWR, &devices->choice);
    if (r == 0)
        r = open_one(slots->key, O_RDONLY, &devices->key);
    return r;
}

static int start_with(struct update_process *update, int channel_fd)
{
    _cleanup_(close_devices) struct devices devices = {-1, -1, -1, -1};
    const char *arguments[] = {"warren-update", NULL};
    char path[PLACE_MAX + 16];
    int r = open_devices(slots_of(update), &devices);

    if (r < 0)
        return r;
    snprintf(path, sizeof(path), "%s/warren-update", update->supervisor->places->libexec_directory);
    struct process_spec spec = {
        .path = path,
        .arguments = arguments,
        .fds = {channel_fd, devices.boot, devices.root, devices.choice, devices.key},
        .fd_count = 5,
        .netns = -1,
    };
    return process_start(update->supervisor->event, &spec, on_ended, update, &update->process);
}

static void answer(struct update_process *update, const struct engine_request *request, int status,
                   int fd)
{
    struct verb_status body = {.status = status};

    engine_answer(update->supervisor->engine, request, VERB_UPDATE_OPENED, &body, sizeof(body),
                  status == 0 ? &fd : NULL, status == 0 ? 1 : 0);
}

void update_process_open(struct update_process *update, const struct engine_request *request)
{
    int ends[2];
    int r = slots_of(update)->present ? channel_pair(ends) : -EOPNOTSUPP;

    if (r < 0) {
        answer(update, request, r, -1);
        return;
    }
    _cleanup_close_ int engines = ends[0], theirs = ends[1];
    update->process = process_end(update->process);
    r = start_with(update, theirs);
    answer(update, request, r, engines);
}

size_t update_process_describe(const struct update_process *update, struct verb_role *ret_role)
{
    return process_describe(update->process, ROLE_UPDATE, 1, ret_role);
}

/* ---- the machine's start ---- */

static void on_reboot_ended(struct process *process, int status, void *data)
{
    struct update_process *update = data;
    char text[PROCESS_STATUS_TEXT_MAX];

    if (status != 0)
        log_error("%s ended: %s", slots_of(update)->reboot, process_status_text(status, text));
    update->rebooting = process_free(process);
}

static int reboot_now(struct update_process *update)
{
    const char *arguments[] = {slots_of(update)->reboot, NULL};
    struct process_spec spec = {
        .path = slots_of(update)->reboot, .arguments = arguments, .netns = -1, .own_session = true};

    if (!slots_of(update)->present)
        return -EOPNOTSUPP;
    if (update->rebooting)
        return 0;
    log_info("the machine is started again");
    return process_start(update->supervisor->event, &spec, on_reboot_ended, update,
                         &update->rebooting);
}

void update_process_reboot(struct update_process *update, const struct engine_request *request)
{
    engine_acknowledge(update->supervisor->engine, request, reboot_now(update),
                       "starting the machine again");
}

/* ---- the trial ---- */

void update_process_healthy(struct update_process *update)
{
    update->trial = sd_event_source_disable_unref(update->trial);
}

static int on_trial_over(sd_event_source *source, uint64_t now, void *data)
{
    struct update_process *update = data;
    int r;

    (void)source, (void)now;
    log_error("the update on trial was never said to be healthy: back to the slot before it");
    r = reboot_now(update);
    if (r < 0)
        log_error("the machine can't be started again: %s", strerror(-r));
    return 0;
}

int update_process_new(struct supervisor *supervisor, uint64_t trial_us,
                       struct update_process **ret_update)
{
    struct update_process *update = memory_zero(sizeof(*update));
    int r = 0;

    update->supervisor = supervisor;
    if (supervisor->slots.present && text_equal(supervisor->slots.kind, "trial"))
        r = sd_event_add_time_relative(supervisor->event, &update->trial, CLOCK_MONOTONIC, trial_us,
                                       0, on_trial_over, update);
    if (r < 0) {
        free(update);
        return r;
    }
    *ret_update = update;
    return 0;
}

struct update_process *update_process_free(struct update_process *update)
{
    if (!update)
        return NULL;
    sd_event_source_disable_unref(update->trial);
    update->process = process_end(update->process);
    process_free(update->rebooting);
    free(update);
    return NULL;
}
