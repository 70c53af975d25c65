/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/web_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/warrend/engine_process.h"
#include "hub/warrend/process.h"
#include "hub/warrend/role_restart.h"
#include "hub/warrend/web_listeners.h"

static const struct role_restart_rule restart_rule = {
    .forgiven = 2, .first_us = 1000000, .last_us = 10000000};

struct web_process {
    struct supervisor *supervisor;
    struct web_listeners *listeners;
    unsigned connections, address_connections; /* its bounds */
    struct process *process;                   /* NULL between two runs */
    struct channel *channel;
    sd_event_source *timer; /* of the next start */
    uint32_t starts;
    struct role_restart restart;
};

/* ---- its channel ---- */

/* It has nothing to say to warrend. */
static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    (void)channel, (void)message, (void)data;
    return -EBADMSG;
}

/* The end of the process does the rest. */
static void on_closed(struct channel *channel, int error, void *data)
{
    struct web_process *web = data;
    if (error < 0)
        log_error("warren-web broke the rules of its channel: %s, ending it", strerror(-error));
    web->channel = channel_free(channel);
    web_process_restart(web);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
};

static void tell(struct web_process *web, enum verb verb, const void *body, size_t size, int fd)
{
    if (!web->channel)
        return;
    int r = channel_send(web->channel, verb, 0, 0, body, size, NULL, 0, &fd, 1);
    if (r < 0 && r != -EPIPE) {
        log_error("cannot tell warren-web %s: %s, ending it", verb_name(verb), strerror(-r));
        web_process_restart(web);
    }
}

/* ---- its listeners ---- */

static void hand_listener(const struct web_listener *listener, int fd, void *data)
{
    const struct verb_web_listener body = {.endpoint = listener->endpoint, .tls = listener->tls};
    if (fd >= 0)
        tell(data, VERB_WEB_LISTENER, &body, sizeof(body), fd);
}

struct listeners_list {
    struct verb_web_listeners fixed;
    struct web_listener items[VERB_WEB_LISTENERS_MAX];
};

static void add_to_list(const struct web_listener *listener, int fd, void *data)
{
    struct listeners_list *list = data;
    (void)fd;
    list->items[list->fixed.count++] = *listener;
}

static void tell_engine_of_listeners(struct web_process *web)
{
    struct listeners_list list = {0};
    web_listeners_each(web->listeners, add_to_list, &list);
    engine_tell(web->supervisor->engine, VERB_WEB_LISTENERS, &list,
                sizeof(list.fixed) + list.fixed.count * sizeof(list.items[0]));
}

static void on_listeners_changed(const struct web_listener *listener, int fd, void *data)
{
    hand_listener(listener, fd, data);
    tell_engine_of_listeners(data);
}

/* ---- its life ---- */

static void start_or_wait(struct web_process *web);

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    struct web_process *web = data;
    web->timer = sd_event_source_disable_unref(web->timer);
    start_or_wait(web);
    return 0;
}

static void start_later(struct web_process *web, uint64_t lived_us)
{
    web->timer = sd_event_source_disable_unref(web->timer);
    int r = sd_event_add_time_relative(web->supervisor->event, &web->timer, CLOCK_MONOTONIC,
                                       role_restart_pause_us(&web->restart, lived_us), 1000,
                                       on_timer, web);
    if (r < 0)
        log_error("no timer for warren-web: %s; it is not started again", strerror(-r));
}

static void on_ended(struct process *process, int status, void *data)
{
    struct web_process *web = data;
    char text[PROCESS_STATUS_TEXT_MAX];
    uint64_t lived_us = process_age_us(process);
    log_error("warren-web ended: %s; starting it again", process_status_text(status, text));
    web->process = process_free(process);
    web->channel = channel_free(web->channel);
    start_later(web, lived_us);
}

static int start_with(struct web_process *web, int channel_fd)
{
    char path[PLACE_MAX + 16], connections[16], address_connections[16];
    snprintf(path, sizeof(path), "%s/warren-web", web->supervisor->places->libexec_directory);
    snprintf(connections, sizeof(connections), "%u", web->connections);
    snprintf(address_connections, sizeof(address_connections), "%u", web->address_connections);
    const char *arguments[] = {"warren-web",        "--channel", "3",
                               "--connections",     connections, "--address-connections",
                               address_connections, NULL};
    struct process_spec spec = {
        .path = path,
        .arguments = arguments,
        .fds = {channel_fd},
        .fd_count = 1,
        .netns = -1,
    };
    return process_start(web->supervisor->event, &spec, on_ended, web, &web->process);
}

static int start(struct web_process *web)
{
    int ends[2];
    int r = channel_pair(ends);
    if (r < 0)
        return r;
    _cleanup_close_ int ours = ends[0], theirs = ends[1];
    r = start_with(web, theirs);
    if (r < 0)
        return r;
    web->starts++;
    r = channel_new(web->supervisor->event, TAKE_FD(ours), ROLE_WEB, &channel_handlers, web,
                    &web->channel);
    if (r < 0) {
        web_process_restart(web);
        return 0;
    }
    log_info("warren-web started (pid %d)", process_pid(web->process));
    web_listeners_each(web->listeners, hand_listener, web);
    web_process_connect(web);
    return 0;
}

static void start_or_wait(struct web_process *web)
{
    int r = start(web);
    if (r < 0) {
        log_error("cannot start warren-web: %s", strerror(-r));
        start_later(web, 0);
    }
}

int web_process_new(struct supervisor *supervisor, const struct settings *settings,
                    struct web_process **ret_web)
{
    *ret_web = NULL;
    if (!settings->web)
        return 0;
    struct web_process *web = memory_zero(sizeof(*web));
    *web = (struct web_process){
        .supervisor = supervisor,
        .connections = settings->web_connections,
        .address_connections = settings->web_address_connections,
        .restart = {.rule = &restart_rule},
    };
    int r =
        web_listeners_new(supervisor->event, settings, on_listeners_changed, web, &web->listeners);
    if (r < 0) {
        web_process_free(web);
        return r;
    }
    *ret_web = web;
    start_or_wait(web);
    return 0;
}

struct web_process *web_process_free(struct web_process *web)
{
    if (!web)
        return NULL;
    web->process = process_end(web->process);
    web->channel = channel_free(web->channel);
    sd_event_source_disable_unref(web->timer);
    web_listeners_free(web->listeners);
    free(web);
    return NULL;
}

void web_process_restart(struct web_process *web)
{
    if (web && web->process)
        (void)process_signal(web->process, SIGKILL);
}

void web_process_connect(struct web_process *web)
{
    if (!web || !engine_process_listens(web->supervisor->engine))
        return;
    tell_engine_of_listeners(web);
    if (!web->channel)
        return;
    int ends[2];
    int r = channel_pair(ends);
    if (r < 0) {
        log_error("no channel between warren-web and the engine: %s", strerror(-r));
        return;
    }
    _cleanup_close_ int engines = ends[0], webs = ends[1];
    engine_hand(web->supervisor->engine, VERB_WEB_OPENED, engines);
    tell(web, VERB_WEB_ENGINE, NULL, 0, webs);
}

size_t web_process_describe(const struct web_process *web, struct verb_role *ret_role)
{
    return web ? process_describe(web->process, ROLE_WEB, web->starts, ret_role) : 0;
}
