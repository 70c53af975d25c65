/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/worker.h"

#include <errno.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/base/sandbox.h"

struct worker {
    sd_event *event;
    const struct worker_program *program;
    void *data;
};

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    const struct worker *worker = data;

    (void)channel;
    for (size_t i = 0; i < worker->program->verb_count; i++) {
        const struct worker_verb *row = &worker->program->verbs[i];
        int r;

        if (row->verb != message->header.verb)
            continue;
        r = row->serve(worker->data, message);
        /* An engine that is gone or does not read is no fault of its message. */
        if (r < 0)
            log_warning("%s could not be answered: %s", verb_name(row->verb), strerror(-r));
        return 0;
    }
    return -EBADMSG;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    const struct worker *worker = data;

    (void)channel;
    if (error < 0)
        log_error("channel to the engine: %s", strerror(-error));
    sd_event_exit(worker->event, error < 0 ? 1 : 0);
}

static int say_hello(struct channel *channel, const struct worker_program *program)
{
    struct verb_hello hello = {.role = program->role,
                               .kernel_wireguard = program->kernel_wireguard};

    sandbox_observe(&hello.sandbox);
    return channel_send_plain(channel, VERB_HELLO, 0, 0, &hello, sizeof(hello));
}

int worker_run(sd_event *event, int fd, const struct worker_program *program, void *data)
{
    static const struct channel_handlers handlers = {.message = on_message, .closed = on_closed};
    struct worker worker = {.event = event, .program = program, .data = data};
    struct channel *channel;
    int r;

    r = channel_new(event, fd, ROLE_ENGINE, &handlers, &worker, &channel);
    if (r < 0)
        return r;
    program->ready(channel, data);
    r = sandbox_enter(program->role, NULL, 0);
    if (r == 0)
        r = say_hello(channel, program);
    if (r == 0)
        r = sd_event_loop(event);
    channel_free(channel);
    return r;
}

int worker_acknowledge(struct channel *channel, const struct channel_message *message, int status,
                       const char *detail)
{
    return channel_acknowledge(channel, &message->header, status, status < 0 ? detail : NULL);
}
