/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hub/api/route.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static int failed(struct connection *connection, int error, const char *text)
{
    snprintf(connection->error, sizeof(connection->error), "%s", text);
    return error;
}

static int refused(struct connection *connection, int error, const char *path)
{
    const char *advice = "Is it running? sudo hub/up";

    if (error == -EACCES || error == -EPERM)
        advice = "Are you root or in the group warren? sudo warren ...";
    snprintf(connection->error, sizeof(connection->error), "cannot reach the hub at %.150s: %s. %s",
             path, strerror(-error), advice);
    return error;
}

int connection_open(struct connection *connection, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = -1;

    *connection = (struct connection){.fd = -1};
    if (text_copy(address.sun_path, sizeof(address.sun_path), path) < 0)
        return refused(connection, -ENAMETOOLONG, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return refused(connection, -errno, path);
    connection->fd = TAKE_FD(fd);
    return 0;
}

void connection_done(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    if (connection->received.data) /* profiles hold private keys */
        explicit_bzero(connection->received.data, connection->received.size);
    buf_done(&connection->received);
    connection->fd = -1;
}

int connection_send(struct connection *connection, const json_t *request)
{
    _cleanup_free_ char *text = json_dumps(request, JSON_COMPACT);
    _cleanup_free_ char *line = text_format("%s\n", text ? text : "");
    size_t left = strlen(line);
    const char *at = line;

    if (left > API_REQUEST_MAX)
        return failed(connection, -EMSGSIZE, "the request is too large");
    while (left > 0) {
        ssize_t sent = send(connection->fd, at, left, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        /* It may have said why before it ended the connection. */
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return 0;
        if (sent < 0)
            return failed(connection, -errno, strerror(errno));
        at += sent;
        left -= (size_t)sent;
    }
    return 0;
}

/* Reads until there is a line. Answers its length. */
static int read_line(struct connection *connection, int timeout_ms, size_t *ret_length)
{
    struct buf *received = &connection->received;
    uint64_t end = clock_monotonic_us() + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0) * 1000;
    size_t looked_at = 0;

    for (;;) {
        struct pollfd poll_fd = {.fd = connection->fd, .events = POLLIN};
        uint64_t now = clock_monotonic_us();
        char *newline = received->length > looked_at
                            ? memchr(received->data + looked_at, '\n', received->length - looked_at)
                            : NULL;
        ssize_t got;

        if (newline) {
            *ret_length = (size_t)(newline - received->data);
            return 0;
        }
        looked_at = received->length;
        if (received->length > API_ANSWER_MAX)
            return failed(connection, -EMSGSIZE, "the hub's answer is too large");
        if (timeout_ms >= 0 && now >= end)
            return failed(connection, -ETIMEDOUT, "the hub did not answer in time");
        if (poll(&poll_fd, 1, timeout_ms < 0 ? -1 : (int)((end - now) / 1000 + 1)) <= 0)
            continue;
        buf_reserve(received, 65536);
        got = recv(connection->fd, received->data + received->length, 65536, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed(connection, got < 0 ? -errno : -ECONNRESET,
                          "the hub ended the connection before it answered: if this was a change, "
                          "see whether it was made");
        received->length += (size_t)got;
    }
}

int connection_receive(struct connection *connection, int timeout_ms, json_t **ret_answer)
{
    json_t *answer;
    size_t length = 0;
    int error = read_line(connection, timeout_ms, &length);

    if (error)
        return error;
    answer = json_loadb(connection->received.data, length, 0, NULL);
    buf_consume(&connection->received, length + 1);
    if (!json_is_object(answer)) {
        json_decref(answer);
        return failed(connection, -EBADMSG, "the hub's answer can't be read");
    }
    *ret_answer = answer;
    return 0;
}
