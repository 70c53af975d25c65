/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "webui/connection.h"

enum {
    ACCEPTS_PER_TURN = 16,
    /* After web.arriving: who came before is served, or seen to have left, before others come. */
    PRIORITY = SD_EVENT_PRIORITY_IDLE + 1,
};

static bool take_address(const struct sockaddr_storage *from, struct address *ret_address)
{
    *ret_address = (struct address){.family = (uint8_t)from->ss_family};
    if (from->ss_family == AF_INET)
        memcpy(ret_address->bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
    else if (from->ss_family == AF_INET6)
        memcpy(ret_address->bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    else
        return false;
    return true;
}

/* Who floods makes room for itself: of its own connections the least wanted one goes. */
static bool make_room(struct web *web, const struct address *address)
{
    struct address_group *group = address_groups_of(web->groups, address);
    bool full = group->connections >= web->address_connections_max;
    bool room = !full || connection_evict(web, group);

    /* The group may be gone with its last connection, or be empty yet. */
    group = address_groups_of(web->groups, address);
    if (room && web->connection_count >= web->connections_max)
        room = connection_evict(web, NULL);
    group = address_groups_of(web->groups, address);
    if (!room)
        address_groups_leave(web->groups, group);
    return room;
}

static uint16_t https_port(const struct web *web)
{
    for (size_t i = 0; i < web->socket_count; i++)
        if (web->sockets[i].tls)
            return web->sockets[i].endpoint.port;
    return 0;
}

/* False: there is nobody else for now. */
static bool take_client(struct web *web, const struct web_socket *listener)
{
    struct sockaddr_storage from;
    socklen_t size = sizeof(from);
    struct address address;
    int fd = accept4(listener->fd, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            return connection_evict(web, NULL);
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (!take_address(&from, &address) || !make_room(web, &address)) {
        close(fd);
        return true;
    }
    connection_new(web, fd, &address, listener, https_port(web));
    return true;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *data)
{
    struct web *web = data;

    (void)source, (void)events;
    for (size_t i = 0; i < web->socket_count; i++)
        if (web->sockets[i].fd == fd)
            for (unsigned k = 0; k < ACCEPTS_PER_TURN && take_client(web, &web->sockets[i]); k++)
                ;
    return 0;
}

void sockets_listen(struct web *web)
{
    for (size_t i = 0; i < web->socket_count; i++) {
        struct web_socket *each = &web->sockets[i];

        if (each->source || (each->tls && !web->tls))
            continue;
        int r = sd_event_add_io(web->event, &each->source, each->fd, EPOLLIN, on_client, web);
        if (r >= 0)
            r = sd_event_source_set_priority(each->source, PRIORITY);
        if (r < 0)
            log_error("no clients can be taken: %s", strerror(-r));
    }
}

void sockets_add(struct web *web, int fd, const struct verb_web_listener *listener)
{
    if (web->socket_count == ELEMENTS(web->sockets)) {
        close(fd);
        return;
    }
    web->sockets[web->socket_count++] =
        (struct web_socket){.fd = fd, .endpoint = listener->endpoint, .tls = listener->tls};
    sockets_listen(web);
}

void sockets_close(struct web *web)
{
    for (size_t i = 0; i < web->socket_count; i++) {
        sd_event_source_disable_unref(web->sockets[i].source);
        close(web->sockets[i].fd);
    }
    web->socket_count = 0;
}
