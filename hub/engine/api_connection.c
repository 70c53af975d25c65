/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_connection.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/base/token.h"
#include "hub/engine/api_call.h"

enum {
    READ_SIZE = 64 * 1024,
    /* No further request is taken while so much waits to be read by its asker. */
    UNREAD_MAX = 1024 * 1024,
};

struct api_connection {
    struct engine *engine;
    int fd;
    sd_event_source *io;
    sd_event_source *next; /* what is to be done from the event loop, not amid a call */
    struct buf in, out;
    struct api_call *call; /* in flight, or a stream */
    bool ended;            /* no more requests will come: end of file, or not worth reading */
    bool doomed;           /* to be closed, whatever is queued */
    char who[64];
    enum api_role role;
    api_connection_closed closed;
    void *data;
};

/* Profiles, with their private keys, leave through it. */
static void wipe(struct buf *buf)
{
    if (buf->data)
        sodium_memzero(buf->data, buf->size);
    buf_done(buf);
}

struct api_connection *api_connection_free(struct api_connection *connection)
{
    if (!connection)
        return NULL;
    sd_event_source_disable_unref(connection->io);
    sd_event_source_disable_unref(connection->next);
    if (connection->call)
        api_call_orphan(connection->call);
    wipe(&connection->in);
    wipe(&connection->out);
    close(connection->fd);
    free(connection);
    return NULL;
}

static void work_later(struct api_connection *connection)
{
    (void)sd_event_source_set_enabled(connection->next, SD_EVENT_ONESHOT);
}

/* In one piece: a buffer that grows step by step leaves copies behind. */
static void add_line(struct buf *out, const json_t *line)
{
    size_t size = json_dumpb(line, NULL, 0, JSON_COMPACT);

    buf_reserve(out, size + 1);
    out->length += json_dumpb(line, out->data + out->length, size, JSON_COMPACT);
    buf_add_char(out, '\n');
}

/* {"status":200,"etag":...,"changes":...,"body":TEXT} */
static void add_text_line(struct buf *out, const struct api_answer *answer)
{
    _cleanup_free_ char *changes =
        answer->changes ? json_dumps(answer->changes, JSON_COMPACT) : NULL;

    buf_reserve(out, answer->text->size + 80 + (changes ? strlen(changes) : 0));
    buf_printf(out, "{\"status\":%d,", answer->status);
    if (answer->etag) { /* "r7": the quotes are of it */
        buf_add_text(out, "\"etag\":\"\\");
        buf_add(out, answer->etag, strlen(answer->etag) - 1);
        buf_add_text(out, "\\\"\",");
    }
    if (changes)
        buf_printf(out, "\"changes\":%s,", changes);
    buf_add_text(out, "\"body\":");
    buf_add(out, answer->text->data, answer->text->size);
    buf_add_text(out, "}\n");
}

/* False: the reader is too slow, and the connection ends by itself. */
static bool queued(struct api_connection *connection)
{
    if (connection->out.length > API_ANSWER_MAX) {
        log_warning("api: %s reads too slowly, %zu bytes wait; closing", connection->who,
                    connection->out.length);
        connection->doomed = true;
    }
    work_later(connection);
    return !connection->doomed;
}

/* Queues a line. False: the reader is too slow or gone; the connection ends by itself. */
static bool put(struct api_connection *connection, const json_t *line)
{
    if (connection->doomed)
        return false;
    add_line(&connection->out, line);
    return queued(connection);
}

static void put_text(struct api_connection *connection, const struct api_answer *answer)
{
    if (connection->doomed)
        return;
    add_text_line(&connection->out, answer);
    queued(connection);
}

/* ---- where its calls put their answers ---- */

/* On the socket there are lines of JSON alone. */
static json_t *raw_json(const struct api_raw *raw)
{
    return json_pack("{s:s,s:s?,s:I}", "media_type", raw->media_type, "file_name", raw->file_name,
                     "size", (json_int_t)raw->size);
}

/* What the web keeps in a cookie. */
static void put_session(json_t *line, const uint8_t session[static WEB_SESSION_SIZE])
{
    char text[TOKEN_TEXT_MAX];
    struct token token;
    memcpy(token.bytes, session, sizeof token.bytes);
    json_object_set_new(line, "session", json_string(token_format(&token, text)));
    token_wipe(&token);
    sodium_memzero(text, sizeof text);
}

static json_t *answer_json(const struct api_answer *answer)
{
    json_t *line = json_pack("{s:i}", "status", answer->status);
    if (answer->etag)
        json_object_set_new(line, "etag", json_string(answer->etag));
    if (answer->replayed)
        json_object_set_new(line, "replayed", json_true());
    if (answer->changes)
        json_object_set(line, "changes", (json_t *)answer->changes);
    if (answer->raw)
        json_object_set_new(line, "body", raw_json(answer->raw));
    else if (answer->body)
        json_object_set(line, "body", (json_t *)answer->body);
    if (answer->session_change == API_SESSION_SET)
        put_session(line, answer->session);
    return line;
}

static void put_answer(void *holder, struct api_call *call, const struct api_answer *answer)
{
    struct api_connection *connection = holder;
    (void)call;
    if (answer->text) {
        put_text(connection, answer);
    } else {
        json_t *line = answer_json(answer);
        put(connection, line);
        json_decref(line);
    }
    connection->call = NULL;
    work_later(connection);
}

static void put_begin(void *holder, struct api_call *call)
{
    json_t *line = json_pack("{s:i}", "status", 200);
    (void)call;
    put(holder, line);
    json_decref(line);
}

static bool put_event(void *holder, struct api_call *call, const json_t *event)
{
    json_t *line = json_pack("{s:O}", "event", event);
    (void)call;
    bool sent = put(holder, line);
    json_decref(line);
    return sent;
}

/* What is queued still goes out. */
static void put_end(void *holder, struct api_call *call)
{
    struct api_connection *connection = holder;
    (void)call;
    connection->call = NULL;
    connection->ended = true;
    buf_clear(&connection->in);
    work_later(connection);
}

static const struct api_outlet outlet = {
    .answer = put_answer,
    .begin = put_begin,
    .event = put_event,
    .end = put_end,
};

/* ---- what it reads ---- */

static const char bearer[] = "Bearer ", session[] = "Session ";
static_assert((int)WEB_SESSION_SIZE == (int)TOKEN_SIZE, "a session is a token");

static void refuse_line(struct api_connection *connection, const struct problem *problem)
{
    json_t *answer =
        json_pack("{s:i,s:o}", "status", problem->status, "body", problem_to_json(problem));
    put(connection, answer);
    json_decref(answer);
}

/* Who shows a credential is who it belongs to, not who opened the socket. */
static void be_somebody_else(struct api_connection *connection, const char *authorization,
                             struct api_caller *caller, struct problem *problem)
{
    struct web_credential credential = {};
    if (text_starts_with(authorization, bearer)) {
        credential.kind = WEB_CREDENTIAL_TOKEN;
        text_copy_cut(credential.token, sizeof credential.token, authorization + strlen(bearer));
    } else if (text_starts_with(authorization, session)) {
        struct token token;
        if (token_parse(authorization + strlen(session), &token) == 0) {
            credential.kind = WEB_CREDENTIAL_SESSION;
            memcpy(credential.session, token.bytes, sizeof credential.session);
            token_wipe(&token);
        }
    }
    *caller = (struct api_caller){.who = "nobody", .from = "unix socket", .limited = true};
    (void)api_caller_find(connection->engine, &credential, NULL, caller, problem);
    sodium_memzero(&credential, sizeof credential);
}

static void take_line(struct api_connection *connection, const char *line, size_t size)
{
    _cleanup_problem_ struct problem problem = {};
    struct api_message message = {};
    if (!api_request_parse(line, size, &message, &problem)) {
        refuse_line(connection, &problem);
        return;
    }
    struct api_caller caller = {.role = connection->role, .from = "unix socket"};
    text_copy_cut(caller.who, sizeof caller.who, connection->who);
    if (message.authorization)
        be_somebody_else(connection, message.authorization, &caller, &problem);
    connection->call = api_call_new(connection->engine, &outlet, connection, &message, &caller);
    connection->call->refusal = problem;
    problem = (struct problem){};
    api_dispatch(connection->call);
}

static void take_lines(struct api_connection *connection)
{
    while (!connection->call && !connection->doomed && connection->out.length < UNREAD_MAX &&
           connection->in.length) {
        const char *end = memchr(connection->in.data, '\n', connection->in.length);
        size_t size = end ? (size_t)(end - connection->in.data) : connection->in.length;
        if (size > API_REQUEST_MAX) {
            _cleanup_problem_ struct problem problem = {};
            problem_set(&problem, 413, "too-large", "a request has at most %d bytes",
                        API_REQUEST_MAX);
            refuse_line(connection, &problem);
            buf_clear(&connection->in);
            connection->ended = true;
            return;
        }
        if (!end)
            return;
        take_line(connection, connection->in.data, size);
        sodium_memzero(connection->in.data, size); /* it may have held a password */
        buf_consume(&connection->in, size + 1);
    }
}

static void read_more(struct api_connection *connection)
{
    char bytes[READ_SIZE];
    ssize_t size = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size > 0)
        buf_add(&connection->in, bytes, (size_t)size);
    else if (size == 0)
        connection->ended = true;
    else if (errno != EAGAIN && errno != EINTR)
        connection->doomed = true;
}

static void write_more(struct api_connection *connection)
{
    while (connection->out.length) {
        ssize_t size = send(connection->fd, connection->out.data, connection->out.length,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0) {
            if (errno != EAGAIN)
                connection->doomed = true;
            return;
        }
        buf_consume(&connection->out, (size_t)size);
    }
    wipe(&connection->out);
}

static bool is_over(const struct api_connection *connection)
{
    return connection->doomed ||
           (connection->ended && !connection->call && !connection->out.length &&
            !(connection->in.length && memchr(connection->in.data, '\n', connection->in.length)));
}

/* Does what can be done now; may free the connection, so it is called last. */
static void work(struct api_connection *connection)
{
    take_lines(connection);
    write_more(connection);
    if (connection->out.length < UNREAD_MAX && !connection->call)
        take_lines(connection);
    if (is_over(connection)) {
        connection->closed(connection, connection->data);
        return;
    }
    bool reads = !connection->ended && !connection->call && connection->out.length < UNREAD_MAX;
    (void)sd_event_source_set_io_events(connection->io,
                                        (reads ? (uint32_t)EPOLLIN : 0) |
                                            (connection->out.length ? (uint32_t)EPOLLOUT : 0));
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
    struct api_connection *connection = data;
    (void)source, (void)fd;
    if (events & EPOLLIN)
        read_more(connection);
    else if (events & (EPOLLHUP | EPOLLERR))
        connection->doomed = true;
    work(connection);
    return 0;
}

static int on_next(sd_event_source *source, void *data)
{
    (void)source;
    work(data);
    return 0;
}

/* The user's name straight from the file: no name service is asked from within the sandbox. */
static void find_user_name(uid_t uid, char *name, size_t size)
{
    FILE *file = fopen("/etc/passwd", "re");
    struct passwd *entry;
    *name = 0;
    if (!file)
        return;
    while ((entry = fgetpwent(file)))
        if (entry->pw_uid == uid) {
            snprintf(name, size, "%s", entry->pw_name);
            break;
        }
    fclose(file);
}

static int find_who(struct api_connection *connection)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    char name[40];
    if (getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return -errno;
    if (credentials.uid == 0)
        snprintf(name, sizeof name, "root");
    else
        find_user_name(credentials.uid, name, sizeof name);
    snprintf(connection->who, sizeof connection->who, *name ? "%s (uid %u)" : "%suid %u", name,
             credentials.uid);
    connection->role = credentials.uid == 0 ? API_OWNER : API_OPERATOR;
    return 0;
}

static int watch(struct api_connection *connection)
{
    sd_event *event = connection->engine->event;
    int r = sd_event_add_io(event, &connection->io, connection->fd, EPOLLIN, on_io, connection);
    if (r >= 0)
        r = sd_event_add_defer(event, &connection->next, on_next, connection);
    if (r >= 0)
        r = sd_event_source_set_enabled(connection->next, SD_EVENT_OFF);
    return r;
}

int api_connection_new(struct engine *engine, int fd, api_connection_closed closed, void *data,
                       struct api_connection **ret_connection)
{
    struct api_connection *connection = memory_zero(sizeof *connection);
    connection->engine = engine;
    connection->fd = fd;
    connection->closed = closed;
    connection->data = data;
    int r = find_who(connection);
    if (r >= 0)
        r = watch(connection);
    if (r < 0) {
        api_connection_free(connection);
        return r;
    }
    *ret_connection = connection;
    return 0;
}
