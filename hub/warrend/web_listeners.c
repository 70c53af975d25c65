/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/web_listeners.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

enum { BACKLOG = 1024, UNSENT_MAX = 128 * 1024 };
#define RETRY_US UINT64_C(10000000)

struct web_listeners {
    sd_event_source *timer;
    web_listeners_changed changed;
    void *data;
    size_t count;
    struct {
        struct web_listener listener;
        int fd; /* -1 = not yet */
    } items[VERB_WEB_LISTENERS_MAX];
};

/* ---- one ---- */

static socklen_t make_address(const struct endpoint *endpoint, struct sockaddr_storage *ret_address)
{
    *ret_address = (struct sockaddr_storage){.ss_family = endpoint->address.family};
    if (endpoint->address.family == AF_INET) {
        struct sockaddr_in *address = (struct sockaddr_in *)ret_address;
        address->sin_port = htons(endpoint->port);
        memcpy(&address->sin_addr, endpoint->address.bytes, sizeof(address->sin_addr));
        return sizeof(*address);
    }
    struct sockaddr_in6 *address = (struct sockaddr_in6 *)ret_address;
    address->sin6_port = htons(endpoint->port);
    memcpy(&address->sin6_addr, endpoint->address.bytes, sizeof(address->sin6_addr));
    return sizeof(*address);
}

static int open_listener(const struct endpoint *endpoint, int *ret_fd)
{
    struct sockaddr_storage address;
    socklen_t size = make_address(endpoint, &address);
    int on = 1, unsent = UNSENT_MAX;

    _cleanup_close_ int fd =
        socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        return -errno;
    /* IPv4 has a socket of its own. */
    if (address.ss_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
        return -errno;
    /* What is accepted has the same. A client that does not read costs the kernel so much and no
     * more, whatever its round trip takes. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    if (bind(fd, (const struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* True when it is another way than before. */
static bool try_one(struct web_listeners *listeners, size_t index)
{
    struct web_listener *listener = &listeners->items[index].listener;
    char text[ENDPOINT_TEXT_MAX];
    int before = listener->status;

    listener->status = open_listener(&listener->endpoint, &listeners->items[index].fd);
    if (listener->status == before)
        return false;
    endpoint_format(&listener->endpoint, text);
    if (listener->status == 0)
        log_info("the web listens on %s", text);
    else
        log_error("the web can't listen on %s: %s; trying again every 10 s", text,
                  strerror(-listener->status));
    return true;
}

/* ---- all ---- */

static void add(struct web_listeners *listeners, const struct address *address, uint16_t port,
                bool tls)
{
    if (port == 0 || listeners->count == VERB_WEB_LISTENERS_MAX)
        return;
    size_t index = listeners->count++;
    listeners->items[index].fd = -1;
    listeners->items[index].listener = (struct web_listener){
        .endpoint = {.address = *address, .port = port}, .tls = tls, .status = -EINPROGRESS};
    (void)try_one(listeners, index);
    /* A machine without IPv6 lacks nothing, unless it was asked for by address. */
    if (listeners->items[index].listener.status == -EAFNOSUPPORT)
        listeners->count--;
}

static void add_both(struct web_listeners *listeners, const struct address *address,
                     const struct settings *settings)
{
    add(listeners, address, settings->https_port, true);
    add(listeners, address, settings->http_port, false);
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
    struct web_listeners *listeners = data;
    bool all = true;

    (void)now;
    for (size_t i = 0; i < listeners->count; i++) {
        if (listeners->items[i].fd >= 0)
            continue;
        if (try_one(listeners, i))
            listeners->changed(&listeners->items[i].listener, listeners->items[i].fd,
                               listeners->data);
        all = all && listeners->items[i].fd >= 0;
    }
    if (all)
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return sd_event_source_set_time_relative(source, RETRY_US);
}

int web_listeners_new(sd_event *event, const struct settings *settings,
                      web_listeners_changed changed, void *data,
                      struct web_listeners **ret_listeners)
{
    static const struct address any6 = {.family = AF_INET6}, any4 = {.family = AF_INET};
    struct web_listeners *listeners = memory_zero(sizeof(*listeners));

    listeners->changed = changed;
    listeners->data = data;
    for (size_t i = 0; i < settings->web_listen.count; i++)
        add_both(listeners, &settings->web_listen.items[i].address, settings);
    if (settings->web_listen.count == 0) {
        add_both(listeners, &any4, settings);
        add_both(listeners, &any6, settings);
    }
    int r = sd_event_add_time_relative(event, &listeners->timer, CLOCK_MONOTONIC, RETRY_US, 0,
                                       on_timer, listeners);
    if (r >= 0)
        r = sd_event_source_set_enabled(listeners->timer, SD_EVENT_ON);
    if (r < 0) {
        web_listeners_free(listeners);
        return r;
    }
    *ret_listeners = listeners;
    return 0;
}

struct web_listeners *web_listeners_free(struct web_listeners *listeners)
{
    if (!listeners)
        return NULL;
    sd_event_source_disable_unref(listeners->timer);
    for (size_t i = 0; i < listeners->count; i++)
        cleanup_close(&listeners->items[i].fd);
    free(listeners);
    return NULL;
}

void web_listeners_each(const struct web_listeners *listeners,
                        void (*each)(const struct web_listener *listener, int fd, void *data),
                        void *data)
{
    for (size_t i = 0; i < listeners->count; i++)
        each(&listeners->items[i].listener, listeners->items[i].fd, data);
}
