/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/hash_process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/warrend/engine_process.h"
#include "hub/warrend/process.h"
#include "hub/warrend/role_restart.h"

static const struct role_restart_rule restart_rule = {
    .forgiven = 2, .first_us = 1000000, .last_us = 30000000};

struct hash_process {
    struct supervisor *supervisor;
    struct process *process; /* NULL between two runs */
    sd_event_source *timer;
    uint32_t starts;
    struct role_restart restart;
};

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    hash_process_start(data);
    return 0;
}

static void start_later(struct hash_process *hash, uint64_t lived_us)
{
    hash->timer = sd_event_source_disable_unref(hash->timer);
    int r = sd_event_add_time_relative(hash->supervisor->event, &hash->timer, CLOCK_MONOTONIC,
                                       role_restart_pause_us(&hash->restart, lived_us), 1000,
                                       on_timer, hash);
    if (r < 0)
        log_error("no timer for warren-hash: %s", strerror(-r));
}

static void on_ended(struct process *process, int status, void *data)
{
    struct hash_process *hash = data;
    char text[PROCESS_STATUS_TEXT_MAX];
    uint64_t lived_us = process_age_us(process);
    log_warning("warren-hash ended: %s", process_status_text(status, text));
    hash->process = process_free(process);
    start_later(hash, lived_us);
}

static int start_with(struct hash_process *hash, int channel_fd)
{
    char path[PLACE_MAX + 16];
    snprintf(path, sizeof(path), "%s/warren-hash", hash->supervisor->places->libexec_directory);
    const char *arguments[] = {"warren-hash", "--channel", "3", NULL};
    struct process_spec spec = {
        .path = path,
        .arguments = arguments,
        .fds = {channel_fd},
        .fd_count = 1,
        .netns = -1,
    };
    return process_start(hash->supervisor->event, &spec, on_ended, hash, &hash->process);
}

static int start(struct hash_process *hash)
{
    int ends[2];
    int r = channel_pair(ends);
    if (r < 0)
        return r;
    _cleanup_close_ int engines = ends[0], theirs = ends[1];
    r = start_with(hash, theirs);
    if (r < 0)
        return r;
    hash->starts++;
    engine_hand(hash->supervisor->engine, VERB_HASH_OPENED, engines);
    return 0;
}

void hash_process_start(struct hash_process *hash)
{
    hash_process_end(hash);
    int r = start(hash);
    if (r < 0) {
        log_error("cannot start warren-hash: %s", strerror(-r));
        start_later(hash, 0);
    }
}

void hash_process_end(struct hash_process *hash)
{
    hash->timer = sd_event_source_disable_unref(hash->timer);
    hash->process = process_end(hash->process);
}

struct hash_process *hash_process_new(struct supervisor *supervisor)
{
    struct hash_process *hash = memory_zero(sizeof(*hash));
    hash->supervisor = supervisor;
    hash->restart.rule = &restart_rule;
    return hash;
}

struct hash_process *hash_process_free(struct hash_process *hash)
{
    if (!hash)
        return NULL;
    hash_process_end(hash);
    free(hash);
    return NULL;
}

size_t hash_process_describe(const struct hash_process *hash, struct verb_role *ret_role)
{
    return process_describe(hash->process, ROLE_HASH, hash->starts, ret_role);
}
