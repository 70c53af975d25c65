/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/connection.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "webui/engine_link.h"
#include "webui/request.h"

enum {
    READ_SIZE = 16 * 1024,
    REQUESTS_PER_TURN = 32,
    STREAM_UNREAD_MAX = 256 * 1024,
    HEAD_RESERVE = 2048,
    SLOWEST = 4096, /* bytes a second that a reader must take */
};
#define SECONDS(n) (UINT64_C(1000000) * (n))
#define HANDSHAKE_TIME SECONDS(10)
#define FIRST_TIME SECONDS(15) /* until the first request begins */
#define HEAD_TIME SECONDS(10)
#define BODY_TIME SECONDS(30)
#define IDLE_TIME SECONDS(75)
#define ENGINE_TIME SECONDS(60)
#define ANSWER_TIME SECONDS(20)
#define LINGER_TIME SECONDS(2)

/* What is read is looked at, then kept where it belongs. */
static uint8_t read_buffer[READ_SIZE];

static void work(struct connection *connection);

/* ---- its place among the others ---- */

static void unlink_use(struct connection *connection)
{
    struct address_group *group = connection->group;

    *(connection->older ? &connection->older->newer : &group->oldest) = connection->newer;
    *(connection->newer ? &connection->newer->older : &group->newest) = connection->older;
    connection->older = connection->newer = NULL;
}

static void link_newest(struct connection *connection)
{
    struct address_group *group = connection->group;

    connection->older = group->newest;
    *(group->newest ? &group->newest->newer : &group->oldest) = connection;
    group->newest = connection;
}

static void was_used(struct connection *connection)
{
    if (connection->group->newest == connection)
        return;
    unlink_use(connection);
    link_newest(connection);
}

static void set_deadline(struct connection *connection, uint64_t after)
{
    connection->deadline = clock_monotonic_us() + after;
}

static void watch(struct connection *connection, uint32_t events)
{
    if (connection->watched == events)
        return;
    connection->watched = events;
    poller_change(connection->poller, connection->fd, events, connection);
}

static int join(struct connection *connection, struct poller *poller)
{
    connection->poller = poller;
    connection->watched = EPOLLIN | EPOLLRDHUP;
    return poller_add(poller, connection->fd, connection->watched, connection);
}

/* ---- its end ---- */

static void wipe(struct buf *buf)
{
    if (buf->data)
        sodium_memzero(buf->data, buf->size);
    buf_done(buf);
}

static void drop_out(struct connection *connection)
{
    connection->web->buffered -= connection->out.length;
    wipe(&connection->out);
    connection->sent = 0;
}

/* The engine has no more to do with it. */
static void waits_no_more(struct connection *connection)
{
    if (!connection->number)
        return;
    connection->number = 0;
    if (connection->state == CONNECTION_STREAMS)
        return;
    connection->group->in_flight--;
    connection->web->in_flight--;
}

void connection_close(struct connection *connection)
{
    struct web *web = connection->web;

    if (connection->state == CONNECTION_CLOSED)
        return;
    if (connection->number)
        engine_link_gone(web, connection->number);
    waits_no_more(connection);
    connection->state = CONNECTION_CLOSED;
    if (connection->session)
        gnutls_deinit(connection->session);
    read_ahead_done(&connection->ahead);
    connection->tls = tls_unref(connection->tls);
    close(connection->fd);
    wipe(&connection->in);
    drop_out(connection);
    unlink_use(connection);
    connection->group->connections--;
    address_groups_leave(web->groups, connection->group);
    web->places[connection->place] = NULL;
    web->connection_count--;
    connection->next_dead = web->dead;
    web->dead = connection;
}

/* ---- writing ---- */

/* 0 all is sent, -EAGAIN, or another -errno. */
static int send_plain(struct connection *connection)
{
    while (connection->sent < connection->out.length) {
        ssize_t size = send(connection->fd, connection->out.data + connection->sent,
                            connection->out.length - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0)
            return errno == EINTR ? -EAGAIN : -errno;
        connection->sent += (size_t)size;
    }
    return 0;
}

static int send_tls(struct connection *connection)
{
    while (connection->sent < connection->out.length) {
        /* What was begun is finished without being said again. */
        ssize_t size =
            connection->partial
                ? gnutls_record_send(connection->session, NULL, 0)
                : gnutls_record_send(connection->session, connection->out.data + connection->sent,
                                     connection->out.length - connection->sent);
        if (size == GNUTLS_E_AGAIN || size == GNUTLS_E_INTERRUPTED) {
            connection->partial = true;
            return -EAGAIN;
        }
        if (size < 0)
            return -EPIPE;
        connection->partial = false;
        connection->sent += (size_t)size;
    }
    return 0;
}

static int send_out(struct connection *connection)
{
    return connection->session ? send_tls(connection) : send_plain(connection);
}

/* The client may still be writing what nobody reads any more; a reset would take the answer from
 * it. */
static void linger(struct connection *connection)
{
    if (connection->session)
        (void)gnutls_bye(connection->session, GNUTLS_SHUT_WR);
    if (connection->ended || shutdown(connection->fd, SHUT_WR) < 0) {
        connection_close(connection);
        return;
    }
    connection->state = CONNECTION_LINGERS;
    set_deadline(connection, LINGER_TIME);
    watch(connection, EPOLLIN);
}

static void answer_is_out(struct connection *connection)
{
    drop_out(connection);
    if (connection->closes || connection->ended) {
        linger(connection);
        return;
    }
    connection->state = CONNECTION_READS;
    was_used(connection);
    set_deadline(connection, IDLE_TIME);
    watch(connection, EPOLLIN | EPOLLRDHUP);
}

/* True when the answer is out and the next request may be looked at. */
static bool write_more(struct connection *connection)
{
    int r = send_out(connection);

    if (r == -EAGAIN) {
        watch(connection, EPOLLOUT);
        return false;
    }
    if (r < 0) {
        connection_close(connection);
        return false;
    }
    if (connection->body_left) {
        drop_out(connection);
        watch(connection, 0);
        return false;
    }
    answer_is_out(connection);
    return connection->state == CONNECTION_READS;
}

static bool add_out(struct connection *connection, const void *bytes, size_t size)
{
    if (connection->web->buffered + size > WEB_BUFFERED_MAX) {
        log_warning("too much waits to be read, closing a connection");
        connection_close(connection);
        return false;
    }
    buf_reserve(&connection->out, size);
    buf_add(&connection->out, bytes, size);
    connection->web->buffered += size;
    return true;
}

static void put_head(struct connection *connection, struct answer *answer, size_t body_size)
{
    size_t before = connection->out.length;

    answer->tls = connection->session != NULL;
    answer->closes = connection->closes;
    answer->body_size = body_size;
    /* One piece: a buffer that grows leaves copies behind. */
    buf_reserve(&connection->out,
                HEAD_RESERVE + (body_size < WEB_PART_MAX ? body_size : WEB_PART_MAX));
    answer_head(&connection->out, answer, clock_seconds());
    connection->web->buffered += connection->out.length - before;
}

void connection_begin(struct connection *connection, struct answer *answer, const void *part,
                      size_t size, size_t total)
{
    waits_no_more(connection);
    put_head(connection, answer, total);
    connection->state = CONNECTION_ANSWERS;
    connection->body_left = total - size;
    set_deadline(connection, ANSWER_TIME + SECONDS(total / SLOWEST));
    if (!connection->head_only && size && !add_out(connection, part, size))
        return;
    work(connection);
}

void connection_add(struct connection *connection, const void *part, size_t size)
{
    if (connection->state != CONNECTION_ANSWERS || size > connection->body_left) {
        connection_close(connection);
        return;
    }
    connection->body_left -= size;
    if (!connection->head_only && !add_out(connection, part, size))
        return;
    work(connection);
}

void connection_answer(struct connection *connection, struct answer *answer, const void *body,
                       size_t size)
{
    connection_begin(connection, answer, body, size, size);
}

void connection_refuse(struct connection *connection, int status, const char *type,
                       const char *detail, uint32_t retry_after)
{
    _cleanup_buf_ struct buf text = {0};
    struct answer answer = {
        .status = status, .media_type = "application/problem+json", .retry_after = retry_after};

    answer_problem(&text, status, type, detail);
    connection_answer(connection, &answer, text.data, text.length);
}

/* ---- streams ---- */

void connection_begin_stream(struct connection *connection, struct answer *answer)
{
    answer->endless = true;
    connection->group->in_flight--;
    connection->web->in_flight--;
    connection->state = CONNECTION_STREAMS;
    put_head(connection, answer, 0);
    work(connection);
}

void connection_send_chunk(struct connection *connection, const struct buf *chunk)
{
    if (connection->out.length - connection->sent + chunk->length > STREAM_UNREAD_MAX) {
        log_info("a stream is not read, closing it");
        connection_close(connection);
        return;
    }
    if (add_out(connection, chunk->data, chunk->length))
        work(connection);
}

void connection_end_stream(struct connection *connection, const char *last, size_t size)
{
    waits_no_more(connection);
    connection->state = CONNECTION_ANSWERS;
    connection->closes = true;
    connection->body_left = 0;
    set_deadline(connection, ANSWER_TIME);
    if (add_out(connection, last, size))
        work(connection);
}

static void write_stream(struct connection *connection)
{
    int r = send_out(connection);

    if (r < 0 && r != -EAGAIN) {
        connection_close(connection);
        return;
    }
    if (r == 0) {
        drop_out(connection);
        connection->deadline = UINT64_MAX;
        watch(connection, EPOLLIN | EPOLLRDHUP);
        return;
    }
    if (connection->deadline == UINT64_MAX)
        set_deadline(connection, ANSWER_TIME);
    watch(connection, EPOLLIN | EPOLLRDHUP | EPOLLOUT);
}

/* ---- reading ---- */

/* Bytes, 0 at the end, -EAGAIN, or another -errno. */
static ssize_t receive_bytes(struct connection *connection)
{
    ssize_t size = recv(connection->fd, read_buffer, sizeof(read_buffer), MSG_DONTWAIT);

    return size >= 0 ? size : errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t receive(struct connection *connection)
{
    if (!connection->session)
        return receive_bytes(connection);
    ssize_t size = gnutls_record_recv(connection->session, read_buffer, sizeof(read_buffer));
    if (size == GNUTLS_E_AGAIN || size == GNUTLS_E_INTERRUPTED)
        return -EAGAIN;
    return size < 0 ? -EPIPE : size;
}

/* True when there is more to look at. */
static bool read_more(struct connection *connection)
{
    ssize_t size = receive(connection);

    if (size == -EAGAIN)
        return false;
    if (size <= 0) {
        connection_close(connection);
        return false;
    }
    if (!connection->in.length) {
        set_deadline(connection, HEAD_TIME);
        was_used(connection);
    }
    buf_reserve(&connection->in, (size_t)size);
    buf_add(&connection->in, read_buffer, (size_t)size);
    sodium_memzero(read_buffer, (size_t)size);
    return true;
}

/* Nothing is expected from it; its end is noticed. */
static void discard(struct connection *connection)
{
    ssize_t size =
        connection->state == CONNECTION_LINGERS ? receive_bytes(connection) : receive(connection);

    if (size == 0 || (size < 0 && size != -EAGAIN))
        connection_close(connection);
}

/* Nothing after what was refused can be trusted. */
static void refuse_head(struct connection *connection, int status, const char *wrong)
{
    connection->closes = true;
    connection->head_only = false; /* as the request before may have been */
    wipe(&connection->in);
    connection_refuse(connection, status, "malformed", wrong, 0);
}

/* A request that is all there is taken out of `in`; what belongs to the next one stays. */
static void take_request(struct connection *connection, const struct http_head *head,
                         size_t head_size)
{
    struct buf whole = connection->in;
    size_t size = head_size + head->body_size;

    connection->in = (struct buf){0};
    if (whole.length > size)
        buf_add(&connection->in, whole.data + size, whole.length - size);
    connection->needed = 0;
    connection->head_only = head->method == HTTP_HEAD;
    connection->closes = head->closes;
    request_take(connection, head, whole.data + head_size);
    wipe(&whole);
}

static void expect_body(struct connection *connection, const struct http_head *head,
                        size_t head_size)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

    connection->needed = head_size + head->body_size;
    set_deadline(connection, BODY_TIME);
    buf_reserve(&connection->in, connection->needed - connection->in.length);
    if (head->wants_continue && add_out(connection, go_on, strlen(go_on))) {
        if (send_out(connection) < 0)
            connection_close(connection); /* 25 bytes do not fit: not worth waiting for */
        else
            drop_out(connection);
    }
}

/* True when a request was taken. */
static bool look_for_request(struct connection *connection)
{
    const char *wrong = "";
    struct http_head head;
    size_t head_size = 0;

    if (!connection->in.length || connection->in.length < connection->needed)
        return false;
    int r = http_head_parse(connection->in.data, connection->in.length, &head, &head_size, &wrong);
    if (r == -EAGAIN)
        return false;
    if (r == 0 && head.body_size > WEB_BODY_MAX) {
        r = 413;
        wrong = "a body has at most 196608 bytes";
    }
    if (r != 0) {
        refuse_head(connection, r, wrong);
        return true;
    }
    if (connection->in.length < head_size + head.body_size) {
        expect_body(connection, &head, head_size);
        return false;
    }
    take_request(connection, &head, head_size);
    return true;
}

/* ---- waiting for the engine ---- */

void connection_wait(struct connection *connection, uint32_t number)
{
    connection->number = number;
    connection->state = CONNECTION_WAITS;
    connection->group->in_flight++;
    connection->web->in_flight++;
    set_deadline(connection, ENGINE_TIME);
}

/* ---- the loop ---- */

static void do_work(struct connection *connection)
{
    for (unsigned i = 0; i < REQUESTS_PER_TURN; i++) {
        if (connection->state == CONNECTION_ANSWERS && !write_more(connection))
            return;
        if (connection->state == CONNECTION_STREAMS)
            write_stream(connection);
        if (connection->state != CONNECTION_READS)
            return;
        while (connection->state == CONNECTION_READS && !look_for_request(connection))
            if (connection->state != CONNECTION_READS || !read_more(connection))
                return;
    }
    /* There may be more of it: after the others. */
    if (connection->state == CONNECTION_READS)
        watch(connection, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
}

static void work(struct connection *connection)
{
    if (connection->working)
        return;
    connection->working = true;
    do_work(connection);
    connection->working = false;
}

static void shake_hands(struct connection *connection)
{
    int r = gnutls_handshake(connection->session);

    if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED) {
        watch(connection, gnutls_record_get_direction(connection->session) ? EPOLLOUT : EPOLLIN);
        return;
    }
    if (r == GNUTLS_E_WARNING_ALERT_RECEIVED)
        return;
    if (r < 0) {
        (void)gnutls_alert_send_appropriate(connection->session, r);
        connection_close(connection);
        return;
    }
    connection->state = CONNECTION_READS;
    set_deadline(connection, FIRST_TIME);
    /* Who is in goes before who comes. */
    poller_remove(connection->poller, connection->fd);
    if (join(connection, connection->web->present) < 0)
        connection_close(connection);
    else
        work(connection);
}

/* When it said all that it will, the answer is still its own. */
static void wait_on(struct connection *connection, uint32_t events)
{
    connection->ended = events & (EPOLLRDHUP | EPOLLHUP);
    watch(connection, connection->ended ? 0 : EPOLLRDHUP);
}

void connection_on_event(uint32_t events, void *data)
{
    struct connection *connection = data;

    read_ahead_ready(&connection->ahead);
    if (events & EPOLLERR || (events & EPOLLHUP && !(events & EPOLLIN))) {
        connection_close(connection);
        return;
    }
    switch (connection->state) {
    case CONNECTION_HANDSHAKE:
        shake_hands(connection);
        break;
    case CONNECTION_READS:
        watch(connection, EPOLLIN | EPOLLRDHUP);
        work(connection);
        break;
    case CONNECTION_WAITS: /* what it says already is its next request's */
        wait_on(connection, events);
        break;
    case CONNECTION_ANSWERS:
        work(connection);
        break;
    case CONNECTION_STREAMS:
        if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP))
            discard(connection);
        if (events & EPOLLOUT && connection->state == CONNECTION_STREAMS)
            work(connection);
        break;
    case CONNECTION_LINGERS:
        discard(connection);
        break;
    case CONNECTION_CLOSED:
        break;
    }
}

/* ---- its beginning ---- */

static unsigned free_place(struct web *web)
{
    while (web->places[web->next_place])
        web->next_place = (web->next_place + 1) % WEB_CONNECTIONS_MAX;
    return web->next_place;
}

static ssize_t pull(gnutls_transport_ptr_t data, void *into, size_t size)
{
    struct connection *connection = data;

    return read_ahead_receive(&connection->ahead, connection->fd, into, size);
}

static int open_it(struct connection *connection, const struct web_socket *socket)
{
    int r = 0;

    if (socket->tls) {
        connection->tls = tls_ref(connection->web->tls);
        r = tls_session_new(connection->tls, connection->fd, pull, connection,
                            &connection->session);
    }
    return r < 0 ? r
                 : join(connection,
                        socket->tls ? connection->web->arriving : connection->web->present);
}

void connection_new(struct web *web, int fd, const struct address *from,
                    const struct web_socket *socket, uint16_t https_port)
{
    struct connection *connection = memory_zero(sizeof(*connection));

    connection->web = web;
    connection->fd = fd;
    connection->from = *from;
    connection->port = https_port;
    connection->place = free_place(web);
    web->places[connection->place] = connection;
    web->connection_count++;
    connection->group = address_groups_of(web->groups, from);
    connection->group->connections++;
    link_newest(connection);
    connection->state = socket->tls ? CONNECTION_HANDSHAKE : CONNECTION_READS;
    set_deadline(connection, HANDSHAKE_TIME);
    if (open_it(connection, socket) < 0)
        connection_close(connection);
}

/* ---- time ---- */

static void on_late(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_READS:
        if (!connection->in.length)
            break;
        refuse_head(connection, 408, "the request did not come in time");
        return;
    case CONNECTION_WAITS:
        engine_link_gone(connection->web, connection->number);
        connection->closes = true;
        connection_refuse(connection, 503, "slow", "the hub did not answer in time", 5);
        return;
    case CONNECTION_HANDSHAKE:
    case CONNECTION_ANSWERS:
    case CONNECTION_STREAMS:
    case CONNECTION_LINGERS:
    case CONNECTION_CLOSED:
        break;
    }
    connection_close(connection);
}

void connections_tick(struct web *web)
{
    uint64_t now = clock_monotonic_us();

    while (web->dead) {
        struct connection *dead = web->dead;

        web->dead = dead->next_dead;
        free(dead);
    }
    for (unsigned i = 0; i < WEB_CONNECTIONS_MAX; i++)
        if (web->places[i] && web->places[i]->deadline < now)
            on_late(web->places[i]);
}
