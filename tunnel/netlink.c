/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum {
    RECEIVE_SIZE = 64 * 1024,
    SOCKET_BUFFER = 16 * 1024 * 1024,
    DUMP_ATTEMPTS = 8,
    BATCH_FIRST_SIZE = 16 * 1024,
};

struct netlink {
    struct mnl_socket *socket;
    uint32_t sequence;
    uint8_t receive[RECEIVE_SIZE];
};

DEFINE_CLEANUP(struct netlink *, netlink_free, cleanup_netlink)

int netlink_open(int protocol, struct netlink **ret_netlink)
{
    _cleanup_(cleanup_netlink) struct netlink *netlink = memory_zero(sizeof(*netlink));
    int size = SOCKET_BUFFER;
    int on = 1;
    int fd;

    netlink->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!netlink->socket || mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0)
        return -errno;
    fd = mnl_socket_get_fd(netlink->socket);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        return -errno;
    /* Without it the kernel ignores what a dump asks for and sends everything; and an error would
     * carry the whole batch back. Older kernels do without. */
    if (protocol == NETLINK_ROUTE)
        (void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    *ret_netlink = TAKE_PTR(netlink);
    return 0;
}

struct netlink *netlink_free(struct netlink *netlink)
{
    if (!netlink)
        return NULL;
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    free(netlink);
    return NULL;
}

int netlink_fd(const struct netlink *netlink)
{
    return mnl_socket_get_fd(netlink->socket);
}

uint32_t netlink_port(const struct netlink *netlink)
{
    return mnl_socket_get_portid(netlink->socket);
}

int netlink_join(struct netlink *netlink, unsigned group)
{
    int value = (int)group;

    return mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP, &value, sizeof(value)) < 0
               ? -errno
               : 0;
}

int netlink_leave(struct netlink *netlink, unsigned group)
{
    int value = (int)group;

    return mnl_socket_setsockopt(netlink->socket, NETLINK_DROP_MEMBERSHIP, &value, sizeof(value)) <
                   0
               ? -errno
               : 0;
}

/* The next datagram of the kernel; -EAGAIN when there is none. */
static ssize_t receive(struct netlink *netlink)
{
    struct sockaddr_nl from = {0};
    struct iovec part = {.iov_base = netlink->receive, .iov_len = sizeof(netlink->receive)};
    struct msghdr header = {
        .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1};
    ssize_t size;

    do {
        size = recvmsg(netlink_fd(netlink), &header, 0);
        if (size < 0 && errno != EINTR)
            return -errno;
    } while (size < 0 || from.nl_pid != 0);
    return header.msg_flags & MSG_TRUNC ? -EBADMSG : size;
}

int netlink_read_events(struct netlink *netlink, netlink_event event, void *data)
{
    for (;;) {
        const struct nlmsghdr *message = (const void *)netlink->receive;
        ssize_t size = receive(netlink);
        int left = (int)size;

        if (size == -EAGAIN)
            return 0;
        if (size < 0)
            return (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
            if (event)
                event(message, data);
    }
}

static int message_error(const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof(error->error))
        return -EBADMSG;
    return error->error;
}

struct nlmsghdr *netlink_request(void *space, uint16_t type, uint16_t flags, const void *family,
                                 size_t family_size)
{
    struct nlmsghdr *request = mnl_nlmsg_put_header(space);

    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST | flags;
    memcpy(mnl_nlmsg_put_extra_header(request, family_size), family, family_size);
    return request;
}

static int send_all(struct netlink *netlink, const void *data, size_t size)
{
    ssize_t sent;

    do
        sent = mnl_socket_sendto(netlink->socket, data, size);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int netlink_talk(struct netlink *netlink, struct nlmsghdr *request, netlink_answer answer,
                 void *data)
{
    int r;

    request->nlmsg_flags |= NLM_F_ACK;
    request->nlmsg_seq = ++netlink->sequence;
    r = send_all(netlink, request, request->nlmsg_len);
    if (r < 0)
        return r;
    for (;;) {
        const struct nlmsghdr *message = (const void *)netlink->receive;
        ssize_t size = receive(netlink);
        int left = (int)size;

        if (size < 0)
            return size == -EAGAIN ? -EPROTO : (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            if (message->nlmsg_seq != netlink->sequence)
                continue;
            if (message->nlmsg_type == NLMSG_ERROR)
                return message_error(message);
            r = answer ? answer(message, data) : 0;
            if (r < 0)
                return r;
        }
    }
}

/* One attempt. -EINTR: what came is not of one moment. */
static int dump_once(struct netlink *netlink, struct nlmsghdr *request, netlink_answer answer,
                     void *data)
{
    bool interrupted = false;
    int result = 0;
    int r;

    request->nlmsg_seq = ++netlink->sequence;
    r = send_all(netlink, request, request->nlmsg_len);
    if (r < 0)
        return r;
    for (;;) {
        const struct nlmsghdr *message = (const void *)netlink->receive;
        ssize_t size = receive(netlink);
        int left = (int)size;

        if (size < 0)
            return size == -EAGAIN ? -EPROTO : (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            if (message->nlmsg_seq != netlink->sequence)
                continue;
            if (message->nlmsg_flags & NLM_F_DUMP_INTR)
                interrupted = true;
            if (message->nlmsg_type == NLMSG_ERROR)
                return message_error(message);
            if (message->nlmsg_type == NLMSG_DONE)
                return result < 0 ? result : interrupted ? -EINTR : 0;
            /* The rest is read all the same: it would stand in the way of the next request. */
            if (result == 0 && answer)
                result = answer(message, data);
        }
    }
}

int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, netlink_answer answer,
                 void (*restart)(void *data), void *data)
{
    int r = -EINTR;

    request->nlmsg_flags |= NLM_F_DUMP;
    for (int attempt = 0; attempt < DUMP_ATTEMPTS && r == -EINTR; attempt++) {
        if (attempt > 0 && restart)
            restart(data);
        r = dump_once(netlink, request, answer, data);
    }
    return r;
}

void netlink_put_address(struct nlmsghdr *request, uint16_t type, const struct address *address)
{
    mnl_attr_put(request, type, address_size(address), address->bytes);
}

int netlink_get_address(const struct nlattr *attribute, uint8_t family, struct address *ret_address)
{
    struct address address = {.family = family};

    if (mnl_attr_get_payload_len(attribute) != address_size(&address))
        return -EBADMSG;
    memcpy(address.bytes, mnl_attr_get_payload(attribute), address_size(&address));
    *ret_address = address;
    return 0;
}

void netlink_batch_done(struct netlink_batch *batch)
{
    free(batch->data);
    *batch = (struct netlink_batch){0};
}

struct nlmsghdr *netlink_batch_add(struct netlink *netlink, struct netlink_batch *batch,
                                   uint16_t type, uint16_t flags, const void *family,
                                   size_t family_size, size_t room)
{
    size_t need = batch->used + MNL_NLMSG_HDRLEN + MNL_ALIGN(family_size) + room;
    struct nlmsghdr *request;

    if (need > batch->size) {
        size_t size = batch->size ? batch->size : BATCH_FIRST_SIZE;

        while (size < need)
            size *= 2;
        batch->data = realloc(batch->data, size);
        if (!batch->data)
            abort();
        batch->size = size;
    }
    memset(batch->data + batch->used, 0, need - batch->used);
    request = netlink_request(batch->data + batch->used, type, flags, family, family_size);
    request->nlmsg_seq = ++netlink->sequence;
    if (batch->count++ == 0)
        batch->first = request->nlmsg_seq;
    return request;
}

void netlink_batch_close(struct netlink_batch *batch)
{
    const struct nlmsghdr *request = (const void *)(batch->data + batch->used);

    batch->used += MNL_ALIGN(request->nlmsg_len);
}

/* Reads what the kernel answered to the batch: all of it is there already. */
static int batch_verdict(struct netlink *netlink, const struct netlink_batch *batch,
                         netlink_failed failed, netlink_answer answer, void *data)
{
    int first = 0;

    for (;;) {
        const struct nlmsghdr *message = (const void *)netlink->receive;
        ssize_t size = receive(netlink);
        int left = (int)size;

        if (size == -EAGAIN)
            return first;
        if (size < 0)
            return (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            uint32_t index = message->nlmsg_seq - batch->first;
            int error;

            if (index >= batch->count)
                continue;
            if (message->nlmsg_type != NLMSG_ERROR) {
                if (answer)
                    (void)answer(message, data);
                continue;
            }
            error = message_error(message);
            if (error < 0 && failed)
                failed(index, error, data);
            if (error < 0 && first == 0)
                first = error;
        }
    }
}

int netlink_batch_send(struct netlink *netlink, struct netlink_batch *batch, netlink_failed failed,
                       void *data)
{
    return netlink_batch_talk(netlink, batch, failed, NULL, data);
}

int netlink_batch_talk(struct netlink *netlink, struct netlink_batch *batch, netlink_failed failed,
                       netlink_answer answer, void *data)
{
    int r;

    if (batch->count == 0)
        return 0;
    r = send_all(netlink, batch->data, batch->used);
    if (r == 0)
        r = batch_verdict(netlink, batch, failed, answer, data);
    netlink_batch_done(batch);
    return r;
}
