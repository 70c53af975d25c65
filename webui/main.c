/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-web: HTTPS for browsers and API clients. Started by warrend, which hands it its channel;
 * listeners and the channel to the engine come through that. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-id128.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/base/text.h"
#include "webui/connection.h"
#include "webui/engine_link.h"
#include "webui/sockets.h"
#include "webui/stream.h"

enum { BEAT_TICKS = 15, OTHER_DESCRIPTORS = 64, CONNECTIONS_PER_TURN = 64 };
#define TICK_US UINT64_C(1000000)

struct options {
    int channel_fd;
    unsigned connections, address_connections;
};

static int parse_options(int argc, char **argv, struct options *ret_options)
{
    static const struct option words[] = {
        {"channel", required_argument, NULL, 'c'},
        {"connections", required_argument, NULL, 'n'},
        {"address-connections", required_argument, NULL, 'a'},
        {0},
    };
    uint64_t number;
    int option;

    *ret_options = (struct options){.channel_fd = -1};
    while ((option = getopt_long(argc, argv, "", words, NULL)) != -1) {
        if (option == '?' || text_parse_u64(optarg, 3, WEB_CONNECTIONS_MAX - 1, &number) < 0)
            return -EINVAL;
        if (option == 'c')
            ret_options->channel_fd = (int)number;
        else if (option == 'n')
            ret_options->connections = (unsigned)number;
        else
            ret_options->address_connections = (unsigned)number;
    }
    return ret_options->channel_fd < 0 || !ret_options->connections ||
                   !ret_options->address_connections
               ? -EINVAL
               : 0;
}

/* ---- what warrend says ---- */

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct web *web = data;

    (void)channel;
    if (message->header.verb == VERB_WEB_LISTENER)
        sockets_add(web, TAKE_FD(message->fds[0]), message->body);
    else if (message->header.verb == VERB_WEB_ENGINE)
        engine_link_open(web, TAKE_FD(message->fds[0]));
    else
        return -EBADMSG;
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct web *web = data;

    (void)channel;
    log_info("warrend is gone, ending");
    sd_event_exit(web->event, error);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
};

/* ---- opening and closing ---- */

static int on_tick(sd_event_source *source, uint64_t now, void *data)
{
    struct web *web = data;

    (void)now;
    connections_tick(web);
    if (++web->ticks % BEAT_TICKS == 0)
        streams_beat(web);
    return sd_event_source_set_time_relative(source, TICK_US);
}

static int block_signals(sd_event *event)
{
    static const int signals[] = {SIGTERM, SIGINT};
    sigset_t mask;
    int r = 0;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&mask);
    for (size_t i = 0; i < ELEMENTS(signals); i++)
        sigaddset(&mask, signals[i]);
    if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
        return -errno;
    for (size_t i = 0; i < ELEMENTS(signals) && r >= 0; i++)
        r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL);
    return r;
}

/* No more than there may be descriptors. */
static unsigned bounded(unsigned connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        abort();
    rlim_t most = limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS
                                                         : OTHER_DESCRIPTORS;
    if (connections <= most)
        return connections;
    log_warning("only %u connections, for want of descriptors", (unsigned)most);
    return (unsigned)most;
}

static int open_web(struct web *web, const struct options *options)
{
    web->connections_max = bounded(options->connections);
    web->address_connections_max = options->address_connections;
    web->groups = address_groups_new();
    int r = sd_event_default(&web->event);
    if (r >= 0)
        r = block_signals(web->event);
    if (r >= 0)
        r = poller_new(web->event, SD_EVENT_PRIORITY_IDLE, 1, connection_on_event, &web->arriving);
    if (r >= 0)
        r = poller_new(web->event, SD_EVENT_PRIORITY_NORMAL, CONNECTIONS_PER_TURN,
                       connection_on_event, &web->present);
    if (r >= 0)
        r = channel_new(web->event, options->channel_fd, ROLE_SUPERVISOR, &channel_handlers, web,
                        &web->supervisor);
    if (r >= 0)
        r = sd_event_add_time_relative(web->event, &web->tick, CLOCK_MONOTONIC, TICK_US, 0, on_tick,
                                       web);
    return r < 0 ? r : sd_event_source_set_enabled(web->tick, SD_EVENT_ON);
}

static void close_web(struct web *web)
{
    engine_link_close(web);
    channel_free(web->supervisor);
    sockets_close(web);
    for (size_t i = 0; i < ELEMENTS(web->places); i++)
        if (web->places[i])
            connection_close(web->places[i]);
    connections_tick(web);
    poller_free(web->arriving);
    poller_free(web->present);
    address_groups_free(web->groups);
    tls_unref(web->tls);
    sd_event_source_disable_unref(web->tick);
    sd_event_unref(web->event);
}

/* The event loop spreads its timers by the machine's and its boot's ids, read once. */
static void read_ids(void)
{
    sd_id128_t id;

    (void)sd_id128_get_boot(&id);
    (void)sd_id128_get_machine(&id);
}

int main(int argc, char **argv)
{
    static struct web web;
    struct options options;

    log_open("warren-web");
    if (parse_options(argc, argv, &options) < 0) {
        fprintf(stderr, "warren-web is started by warrend\n");
        return EXIT_FAILURE;
    }
    int r = sodium_init() < 0 ? -EIO : tls_prepare();
    read_ids();
    if (r >= 0)
        r = sandbox_enter(ROLE_WEB, NULL, 0);
    if (r < 0) {
        log_error("no sandbox: %s", strerror(-r));
        return EXIT_FAILURE;
    }
    r = open_web(&web, &options);
    if (r >= 0)
        r = sd_event_loop(web.event);
    if (r < 0)
        log_error("ending: %s", strerror(-r));
    close_web(&web);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
