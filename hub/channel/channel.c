/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/channel/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/channel/datagram.h"
#include "hub/channel/verb_rule.h"

enum {
    QUEUE_MAX = 4 * 1024 * 1024,
    BUFFER_SIZE = 1024 * 1024, /* of a socket; holds several of the longest messages */
    BATCH_MAX = 64,            /* messages for one turn of the loop, so that others get theirs */
};

/* A message that the socket did not take yet. */
struct waiting {
    struct waiting *next;
    int fds[CHANNEL_FDS_MAX];
    int fd_count;
    size_t size;
    uint8_t data[];
};

struct channel {
    sd_event_source *source;
    int fd; /* -1 = closed */
    enum role peer;
    struct channel_handlers handlers;
    void *data;
    struct waiting *first, **end;
    size_t queued;
    struct datagram gathered;
    sd_event_source *turn_end; /* sends what is gathered; NULL = every message goes by itself */
    unsigned taken;            /* messages of this turn */
    bool in_handler;
    bool freed; /* by a handler: the memory goes when that returns */
};

/* One for all channels of the process: only one handler runs at a time, and a buffer for each would
 * be most of the engine's memory. */
static _Alignas(16) uint8_t receive_buffer[CHANNEL_MESSAGE_MAX];
static_assert(sizeof(struct channel_header) % 16 == 0, "the body is aligned as the buffer is");

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        cleanup_close(&fds[i]);
}

/* ---- the queue ---- */

static void waiting_free(struct waiting *waiting)
{
    close_all(waiting->fds, waiting->fd_count);
    free(waiting);
}

static void queue_pop(struct channel *channel)
{
    struct waiting *first = channel->first;

    channel->first = first->next;
    if (!channel->first)
        channel->end = &channel->first;
    channel->queued -= first->size;
    waiting_free(first);
}

static void queue_clear(struct channel *channel)
{
    while (channel->first)
        queue_pop(channel);
}

static void watch_for_room(struct channel *channel)
{
    sd_event_source_set_io_events(channel->source, channel->first ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int queue_push(struct channel *channel, const struct iovec *parts, size_t part_count,
                      const int *fds, int fd_count)
{
    size_t size = 0;

    for (size_t i = 0; i < part_count; i++)
        size += parts[i].iov_len;

    struct waiting *waiting = malloc(sizeof(*waiting) + size);
    if (!waiting)
        abort();
    waiting->next = NULL;
    waiting->fd_count = 0;
    waiting->size = 0;
    for (; waiting->fd_count < fd_count; waiting->fd_count++) {
        int copy = fcntl(fds[waiting->fd_count], F_DUPFD_CLOEXEC, 3);
        if (copy < 0) {
            int error = -errno;
            waiting_free(waiting);
            return error;
        }
        waiting->fds[waiting->fd_count] = copy;
    }
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].iov_len)
            memcpy(waiting->data + waiting->size, parts[i].iov_base, parts[i].iov_len);
        waiting->size += parts[i].iov_len;
    }

    *channel->end = waiting;
    channel->end = &waiting->next;
    channel->queued += size;
    watch_for_room(channel);
    return 0;
}

/* ---- to the socket ---- */

static int transmit(int fd, const struct iovec *parts, size_t part_count, const int *fds,
                    int fd_count)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
        struct cmsghdr alignment;
    } control = {0};
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = part_count};

    if (fd_count > 0) {
        size_t size = sizeof(int) * (size_t)fd_count;

        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *first = CMSG_FIRSTHDR(&message);
        *first = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(size)};
        memcpy(CMSG_DATA(first), fds, size);
    }
    for (;;) {
        if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno == ECONNRESET ? -EPIPE : -errno;
    }
}

static int send_now(struct channel *channel, const struct iovec *parts, size_t part_count,
                    const int *fds, int fd_count)
{
    if (!channel->first) {
        int error = transmit(channel->fd, parts, part_count, fds, fd_count);
        if (error != -EAGAIN)
            return error;
    }
    return queue_push(channel, parts, part_count, fds, fd_count);
}

/* ---- what goes together ---- */

static bool gather(struct channel *channel, const struct iovec *parts, size_t part_count,
                   int fd_count)
{
    if (!channel->turn_end || fd_count || !datagram_add(&channel->gathered, parts, part_count))
        return false;
    if (channel->gathered.count == 1)
        (void)sd_event_source_set_enabled(channel->turn_end, SD_EVENT_ONESHOT);
    return true;
}

static int send_gathered(struct channel *channel)
{
    struct iovec part = {channel->gathered.bytes.data, channel->gathered.bytes.length};

    if (!channel->gathered.count)
        return 0;
    int error = send_now(channel, &part, 1, NULL, 0);
    datagram_clear(&channel->gathered);
    return error;
}

size_t channel_queued(const struct channel *channel)
{
    return channel->queued + channel->gathered.bytes.length;
}

int channel_send(struct channel *channel, enum verb verb, uint32_t request, uint64_t generation,
                 const void *body, size_t body_size, const void *tail, size_t tail_size,
                 const int *fds, int fd_count)
{
    struct channel_header header = {.verb = verb, .request = request, .generation = generation};
    const struct iovec parts[] = {
        {&header, sizeof(header)},
        {(void *)body, body_size},
        {(void *)tail, tail_size},
    };
    const struct verb_rule *rule = verb_rule_find(verb);

    if (!rule || verb_rule_check_size(rule, body, body_size, body_size + tail_size, fd_count))
        return -EINVAL;
    if (channel->fd < 0)
        return -EPIPE;
    if (channel_queued(channel) + sizeof(header) + body_size + tail_size > QUEUE_MAX)
        return -EAGAIN;
    if (gather(channel, parts, ELEMENTS(parts), fd_count))
        return 0;
    int error = send_gathered(channel);
    if (error || gather(channel, parts, ELEMENTS(parts), fd_count))
        return error;
    return send_now(channel, parts, ELEMENTS(parts), fds, fd_count);
}

int channel_acknowledge(struct channel *channel, const struct channel_header *header, int status,
                        const char *detail)
{
    struct verb_ack ack = {.status = status};

    if (header->request == 0)
        return 0;
    text_copy_cut(ack.detail, sizeof(ack.detail), detail ? detail : "");
    return channel_send_plain(channel, VERB_ACK, header->request, header->generation, &ack,
                              sizeof(ack));
}

/* ---- the end ---- */

static void channel_close(struct channel *channel)
{
    if (channel->fd >= 0)
        (void)send_gathered(channel);
    channel->source = sd_event_source_disable_unref(channel->source);
    channel->turn_end = sd_event_source_disable_unref(channel->turn_end);
    datagram_done(&channel->gathered);
    queue_clear(channel);
    close_all(&channel->fd, 1);
    channel->fd = -1;
}

struct channel *channel_free(struct channel *channel)
{
    if (!channel)
        return NULL;
    channel_close(channel);
    if (channel->in_handler)
        channel->freed = true;
    else
        free(channel);
    return NULL;
}

static void tell_closed(struct channel *channel, int error)
{
    channel_close(channel);
    channel->handlers.closed(channel, error, channel->data);
}

static void violation(struct channel *channel, const struct channel_header *header,
                      const char *reason)
{
    log_error("Message %s from %s breaks the rules (%s), closing its channel",
              verb_name(header->verb), role_name(channel->peer), reason);
    tell_closed(channel, -EBADMSG);
}

/* ---- from the socket ---- */

static void take_descriptors(struct msghdr *received, struct channel_message *message,
                             bool *ret_too_many)
{
    struct cmsghdr *part;

    for (part = CMSG_FIRSTHDR(received); part; part = CMSG_NXTHDR(received, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd), sizeof(fd));
            if (message->fd_count < CHANNEL_FDS_MAX) {
                message->fds[message->fd_count++] = fd;
            } else {
                close(fd);
                *ret_too_many = true;
            }
        }
    }
}

/* What recvmsg() found wrong, for a violation; NULL = nothing. */
static const char *truncation(const struct msghdr *received, bool too_many)
{
    if (received->msg_flags & MSG_TRUNC)
        return "longer than any message";
    return too_many || received->msg_flags & MSG_CTRUNC ? "descriptors too many or lost" : NULL;
}

static void dispatch(struct channel *channel, struct channel_message *message, const uint8_t *data,
                     size_t size, const char *reason)
{
    memcpy(&message->header, data, size < sizeof(message->header) ? size : sizeof(message->header));
    if (!reason)
        channel_check(channel->peer, data, size, message->fd_count, &reason);
    if (reason) {
        violation(channel, &message->header, reason);
        return;
    }

    message->body = data + sizeof(message->header);
    message->size = size - sizeof(message->header);
    int error = channel->handlers.message(channel, message, channel->data);
    if (error < 0 && channel->fd >= 0)
        violation(channel, &message->header, strerror(-error));
}

/* One after the other, as long as none of them ends the channel. */
static void dispatch_each(struct channel *channel, struct channel_message *message, size_t size,
                          const char *reason)
{
    size_t at = 0;
    unsigned count = 0;

    do {
        size_t own = size - at, next = size - at;

        if (!reason)
            reason = datagram_first(receive_buffer + at, size - at, &own, &next);
        if (!reason && at + next < size && message->fd_count)
            reason = "descriptors with several messages";
        if (!reason && ++count > DATAGRAM_MESSAGES_MAX)
            reason = "too many messages at once";
        channel->taken++;
        dispatch(channel, message, receive_buffer + at, own, reason);
        at += next;
    } while (at < size && channel->fd >= 0);
}

/* True when there may be more to read. */
static bool receive(struct channel *channel)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * (CHANNEL_FDS_MAX + 1))];
        struct cmsghdr alignment;
    } control;
    struct iovec part = {receive_buffer, sizeof(receive_buffer)};
    struct msghdr received = {.msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes)};
    struct channel_message message = {.fds = {-1, -1}};
    bool too_many = false;

    ssize_t size = recvmsg(channel->fd, &received, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) {
        /* A peer that closes with our messages unread resets the connection; what it said before
         * is still there to be read. */
        if (errno == EINTR || errno == ECONNRESET)
            return true;
        if (errno != EAGAIN)
            tell_closed(channel, -errno);
        return false;
    }

    take_descriptors(&received, &message, &too_many);
    const char *reason = truncation(&received, too_many);
    if (size == 0 && !reason)
        tell_closed(channel, 0);
    else
        dispatch_each(channel, &message, (size_t)size, reason);
    close_all(message.fds, CHANNEL_FDS_MAX);
    return channel->fd >= 0;
}

static void flush(struct channel *channel)
{
    int error = 0;

    while (channel->first && !error) {
        struct waiting *first = channel->first;
        struct iovec part = {first->data, first->size};

        error = transmit(channel->fd, &part, 1, first->fds, first->fd_count);
        if (!error)
            queue_pop(channel);
    }
    /* A peer that is gone is noticed by reading, after what it had to say. */
    if (error == -EPIPE)
        queue_clear(channel);
    else if (error && error != -EAGAIN) {
        tell_closed(channel, error);
        return;
    }

    watch_for_room(channel);
    if (!error && channel->handlers.drained)
        channel->handlers.drained(channel, channel->data);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
    struct channel *channel = data;
    bool more = events & (EPOLLIN | EPOLLHUP | EPOLLERR);

    (void)source;
    (void)fd;
    channel->in_handler = true;
    for (channel->taken = 0; more && channel->taken < BATCH_MAX;)
        more = receive(channel);
    if (channel->fd >= 0 && channel->first && events & EPOLLOUT)
        flush(channel);
    channel->in_handler = false;
    if (channel->freed)
        free(channel);
    return 0;
}

static int on_turn_end(sd_event_source *source, void *data)
{
    struct channel *channel = data;

    (void)source;
    channel->in_handler = true;
    int error = send_gathered(channel);
    /* A peer that is gone is noticed by reading, after what it had to say. */
    if (error && error != -EPIPE)
        tell_closed(channel, error);
    channel->in_handler = false;
    if (channel->freed)
        free(channel);
    return 0;
}

int channel_gather(struct channel *channel)
{
    int error = sd_event_add_defer(sd_event_source_get_event(channel->source), &channel->turn_end,
                                   on_turn_end, channel);
    return error < 0 ? error : sd_event_source_set_enabled(channel->turn_end, SD_EVENT_OFF);
}

int channel_new(sd_event *event, int fd, enum role peer, const struct channel_handlers *handlers,
                void *data, struct channel **ret_channel)
{
    struct channel *channel = memory_zero(sizeof(*channel));

    *channel = (struct channel){.fd = fd, .peer = peer, .handlers = *handlers, .data = data};
    channel->end = &channel->first;
    int error = sd_event_add_io(event, &channel->source, fd, EPOLLIN, on_io, channel);
    if (error < 0) {
        channel_free(channel);
        return error;
    }
    sd_event_source_set_description(channel->source, role_name(peer));
    *ret_channel = channel;
    return 0;
}

/* Beyond the system's limit where the caller may, to the limit otherwise. */
static void set_buffer(int fd, int name, int forced)
{
    int size = BUFFER_SIZE;

    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) < 0)
        setsockopt(fd, SOL_SOCKET, name, &size, sizeof(size));
}

int channel_pair(int ret_fds[static 2])
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return -errno;
    /* On a socket of this kind only the sender's buffer counts. */
    for (int i = 0; i < 2; i++)
        set_buffer(fds[i], SO_SNDBUF, SO_SNDBUFFORCE);
    memcpy(ret_fds, fds, sizeof(fds));
    return 0;
}
