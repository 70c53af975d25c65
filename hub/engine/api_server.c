/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_connection.h"

enum { CONNECTIONS_MAX = 64 };

struct api_server {
    struct engine *engine;
    int fd;
    sd_event_source *io;
    struct api_connection *connections[CONNECTIONS_MAX];
    struct peer_texts *peer_texts;
};

struct api_server *api_server_free(struct api_server *server)
{
    if (!server)
        return NULL;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        api_connection_free(server->connections[i]);
    peer_texts_free(server->peer_texts);
    sd_event_source_disable_unref(server->io);
    if (server->fd >= 0)
        close(server->fd);
    free(server);
    return NULL;
}

static struct api_connection **find_place(struct api_server *server,
                                          const struct api_connection *connection)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i] == connection)
            return &server->connections[i];
    return NULL;
}

static void on_closed(struct api_connection *connection, void *data)
{
    *find_place(data, connection) = NULL;
    api_connection_free(connection);
}

/* One line, if it fits the socket's buffer, which it does. */
static void turn_away(int fd)
{
    _cleanup_problem_ struct problem problem = {};
    problem_set(&problem, 503, "busy", "%d clients are connected already: try again in a moment",
                CONNECTIONS_MAX);
    json_t *answer =
        json_pack("{s:i,s:o}", "status", problem.status, "body", problem_to_json(&problem));
    _cleanup_free_ char *line = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    if (line && send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        (void)send(fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int on_accept(sd_event_source *source, int listen_fd, uint32_t events, void *data)
{
    struct api_server *server = data;
    (void)source, (void)events;
    _cleanup_close_ int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            log_warning("api: accepting a client: %s, ignoring", strerror(errno));
        return 0;
    }
    struct api_connection **place = find_place(server, NULL);
    if (!place) {
        turn_away(fd);
        return 0;
    }
    int r = api_connection_new(server->engine, TAKE_FD(fd), on_closed, server, place);
    if (r < 0)
        log_warning("api: taking a client: %s, ignoring", strerror(-r));
    return 0;
}

int api_server_new(struct engine *engine, int listen_fd, struct api_server **ret_server)
{
    struct api_server *server = memory_zero(sizeof *server);
    server->engine = engine;
    server->fd = listen_fd;
    server->peer_texts = peer_texts_new();
    int r = sd_event_add_io(engine->event, &server->io, listen_fd, EPOLLIN, on_accept, server);
    if (r < 0) {
        server->fd = -1;
        api_server_free(server);
        return r;
    }
    *ret_server = server;
    return 0;
}

struct peer_texts *api_server_peer_texts(struct api_server *server)
{
    return server->peer_texts;
}
