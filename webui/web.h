/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of warren-web share. One of it exists. */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "hub/channel/channel.h"
#include "webui/address_group.h"
#include "webui/poller.h"
#include "webui/tls.h"

struct connection;

enum {
    WEB_IN_FLIGHT_MAX = 512,             /* requests that the engine has, streams apart */
    WEB_ADDRESS_IN_FLIGHT_MAX = 128,     /* those from one address */
    WEB_BUFFERED_MAX = 64 * 1024 * 1024, /* answers that wait for those who read them */
};

struct web_socket {
    int fd;
    sd_event_source *source;
    struct endpoint endpoint;
    bool tls;
};

struct web {
    sd_event *event;
    struct poller *arriving, *present; /* connections amid their handshake, and all others */
    unsigned connections_max, address_connections_max;
    struct connection *places[WEB_CONNECTIONS_MAX];
    uint32_t
        counts[WEB_CONNECTIONS_MAX]; /* of each place's requests: the upper bits of their ids */
    unsigned connection_count, next_place;
    struct connection *dead; /* closed; freed when nobody has them in hand any more */
    struct address_groups *groups;
    size_t in_flight, buffered;
    struct tls *tls; /* NULL = not told yet */
    struct channel *supervisor;
    struct channel *engine; /* NULL = it does not run */
    struct web_socket sockets[VERB_WEB_LISTENERS_MAX];
    size_t socket_count;
    sd_event_source *tick;
    unsigned ticks;
};
