/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/engine_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/warrend/process.h"
#include "hub/warrend/restore.h"
#include "hub/warrend/role_restart.h"

#define STOP_PATIENCE_US UINT64_C(5000000)
static const struct role_restart_rule restart_rule = {.first_us = 100000, .last_us = 5000000};

/* Its exit status when it asks for another start (hub/engine/engine.h). */
enum { EXIT_AGAIN = 75 };

struct engine_process {
    struct supervisor *supervisor;
    const struct engine_handlers *handlers;
    struct process *process; /* NULL between two runs */
    struct channel *channel; /* NULL when it closed, or between two runs */
    sd_event_source *timer;  /* of the next start, or of the patience with a stop */
    uint32_t run;            /* counts the starts */
    struct role_restart restart;
    bool stopping;
};

static int on_timer(sd_event_source *source, uint64_t now, void *data);

static void set_timer(struct engine_process *engine, uint64_t after_us)
{
    engine->timer = sd_event_source_disable_unref(engine->timer);
    int r = sd_event_add_time_relative(engine->supervisor->event, &engine->timer, CLOCK_MONOTONIC,
                                       after_us, 1000, on_timer, engine);
    if (r < 0) {
        log_error("no timer for the engine: %s", strerror(-r));
        sd_event_exit(engine->supervisor->event, r);
    }
}

/* ---- its channel ---- */

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    (void)channel;
    struct engine_process *engine = data;
    struct engine_request request = {.header = message->header, .run = engine->run};
    return engine->handlers->message(engine->supervisor, &request, message);
}

/* The end of the process does the rest. */
static void on_closed(struct channel *channel, int error, void *data)
{
    struct engine_process *engine = data;
    if (error < 0)
        log_error("the engine broke the rules of its channel: %s, ending it", strerror(-error));
    engine->channel = channel_free(channel);
    if (engine->process)
        (void)process_signal(engine->process, engine->stopping ? SIGTERM : SIGKILL);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
};

/* ---- its life ---- */

static void on_ended(struct process *process, int status, void *data)
{
    struct engine_process *engine = data;
    uint64_t lived_us = process_age_us(process);
    char text[PROCESS_STATUS_TEXT_MAX];
    process_status_text(status, text);
    engine->process = process_free(process);
    engine->channel = channel_free(engine->channel);
    if (engine->stopping) {
        log_info("warren-engine ended: %s", text);
        engine->handlers->stopped(engine->supervisor);
        return;
    }
    engine->handlers->died(engine->supervisor);
    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN) {
        log_info("warren-engine asks to be started again");
        set_timer(engine, 0);
        return;
    }
    uint64_t pause_us = role_restart_pause_us(&engine->restart, lived_us);
    log_error("warren-engine ended: %s; starting it again in %.1f s", text, (double)pause_us / 1e6);
    set_timer(engine, pause_us);
}

static int start_with(struct engine_process *engine, int channel_fd)
{
    const struct places *places = engine->supervisor->places;
    char path[PLACE_MAX + 16];
    snprintf(path, sizeof(path), "%s/warren-engine", places->libexec_directory);
    const struct slots *slots = &engine->supervisor->slots;
    const char slot[] = {slots->slot, '\0'};
    char forwarded[4];
    snprintf(forwarded, sizeof(forwarded), "%u", engine->supervisor->forwarded);
    const char *arguments[] = {"warren-engine",
                               "--channel",
                               "3",
                               "--api",
                               "4",
                               "--state-dir",
                               places->state_directory,
                               "--config",
                               places->config,
                               "--forwarded",
                               forwarded,
                               slots->present ? "--slot" : NULL,
                               slot,
                               "--boot",
                               slots->kind,
                               NULL};
    struct process_spec spec = {
        .path = path,
        .arguments = arguments,
        .fds = {channel_fd, engine->supervisor->api_fd},
        .fd_count = 2,
        .netns = -1,
    };
    return process_start(engine->supervisor->event, &spec, on_ended, engine, &engine->process);
}

static int start(struct engine_process *engine)
{
    int ends[2];
    int r = restore_finish(engine->supervisor->places);
    if (r == 0)
        r = channel_pair(ends);
    if (r < 0)
        return r;
    _cleanup_close_ int ours = ends[0], theirs = ends[1];
    r = start_with(engine, theirs);
    if (r < 0)
        return r;
    engine->run++;
    r = channel_new(engine->supervisor->event, TAKE_FD(ours), ROLE_ENGINE, &channel_handlers,
                    engine, &engine->channel);
    if (r < 0)
        (void)process_signal(engine->process, SIGKILL);
    log_info("warren-engine started (pid %d)", process_pid(engine->process));
    if (engine->channel)
        engine->handlers->started(engine->supervisor);
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    struct engine_process *engine = data;
    engine->timer = sd_event_source_disable_unref(engine->timer);
    if (engine->stopping) {
        log_warning("warren-engine does not end, killing it");
        if (engine->process)
            (void)process_signal(engine->process, SIGKILL);
        return 0;
    }
    int r = start(engine);
    if (r < 0) {
        log_error("cannot start warren-engine: %s", strerror(-r));
        set_timer(engine, role_restart_pause_us(&engine->restart, 0));
    }
    return 0;
}

int engine_process_new(struct supervisor *supervisor, const struct engine_handlers *handlers,
                       struct engine_process **ret_engine)
{
    struct engine_process *engine = memory_zero(sizeof(*engine));
    *engine = (struct engine_process){
        .supervisor = supervisor, .handlers = handlers, .restart.rule = &restart_rule};
    set_timer(engine, 0);
    *ret_engine = engine;
    return 0;
}

struct engine_process *engine_process_free(struct engine_process *engine)
{
    if (!engine)
        return NULL;
    engine->process = process_end(engine->process);
    engine->channel = channel_free(engine->channel);
    sd_event_source_disable_unref(engine->timer);
    free(engine);
    return NULL;
}

void engine_process_stop(struct engine_process *engine)
{
    if (engine->stopping)
        return;
    engine->stopping = true;
    if (!engine->process) {
        engine->handlers->stopped(engine->supervisor);
        return;
    }
    (void)process_signal(engine->process, SIGTERM);
    set_timer(engine, STOP_PATIENCE_US);
}

/* ---- what it is told ---- */

static void say(struct engine_process *engine, enum verb verb, const struct channel_header *header,
                const void *body, size_t size, const int *fds, int fd_count)
{
    if (!engine->channel)
        return;
    int r = channel_send(engine->channel, verb, header->request, header->generation, body, size,
                         NULL, 0, fds, fd_count);
    if (r < 0 && r != -EPIPE && engine->process) {
        log_error("cannot tell the engine %s: %s, ending it", verb_name(verb), strerror(-r));
        (void)process_signal(engine->process, SIGKILL);
    }
}

void engine_answer(struct engine_process *engine, const struct engine_request *request,
                   enum verb verb, const void *body, size_t size, const int *fds, int fd_count)
{
    if (request->run == engine->run)
        say(engine, verb, &request->header, body, size, fds, fd_count);
}

void engine_acknowledge(struct engine_process *engine, const struct engine_request *request,
                        int status, const char *detail)
{
    if (request->header.request == 0)
        return;
    struct verb_ack ack = {.status = status};
    snprintf(ack.detail, sizeof(ack.detail), "%s", detail);
    engine_answer(engine, request, VERB_ACK, &ack, sizeof(ack), NULL, 0);
}

void engine_tell(struct engine_process *engine, enum verb verb, const void *body, size_t size)
{
    say(engine, verb, &(struct channel_header){0}, body, size, NULL, 0);
}

void engine_hand(struct engine_process *engine, enum verb verb, int fd)
{
    say(engine, verb, &(struct channel_header){0}, NULL, 0, &fd, 1);
}

bool engine_process_listens(const struct engine_process *engine)
{
    return engine && engine->channel;
}

void engine_process_describe(const struct engine_process *engine, struct verb_role *ret_role)
{
    *ret_role = (struct verb_role){
        .role = ROLE_ENGINE,
        .pid = engine->process ? (uint32_t)process_pid(engine->process) : 0,
        .restarts = engine->run > 0 ? engine->run - 1 : 0,
        .started_at = engine->process ? process_started_at(engine->process) : 0,
    };
}
