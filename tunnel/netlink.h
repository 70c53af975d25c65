/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket of this process's namespace. Requests are answered by the kernel before the send
 * returns, so nothing here waits.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/address.h"

struct netlink; /* opaque */

/* `protocol` is NETLINK_ROUTE or NETLINK_NETFILTER. */
int netlink_open(int protocol, struct netlink **ret_netlink);
struct netlink *netlink_free(struct netlink *netlink);
int netlink_fd(const struct netlink *netlink);
uint32_t netlink_port(const struct netlink *netlink);

/* Events of `group`; they arrive at the same socket, so it should be used for nothing else. */
int netlink_join(struct netlink *netlink, unsigned group);
int netlink_leave(struct netlink *netlink, unsigned group);

/* Each waiting event to `event`; -ENOBUFS when some were lost. */
typedef void (*netlink_event)(const struct nlmsghdr *message, void *data);
int netlink_read_events(struct netlink *netlink, netlink_event event, void *data);

/* ---- one request ---- */

enum { NETLINK_REQUEST_MAX = 4096 };

/* A message being written in `space`, its sequence number set when it is sent. */
struct nlmsghdr *netlink_request(void *space, uint16_t type, uint16_t flags, const void *family,
                                 size_t family_size);
/* Sends and reads the verdict; a message that comes back goes to `answer` (may be NULL). */
typedef int (*netlink_answer)(const struct nlmsghdr *message, void *data);
int netlink_talk(struct netlink *netlink, struct nlmsghdr *request, netlink_answer answer,
                 void *data);
/* All answers of a dump. Begins anew (`restart`, to drop what was collected) when the kernel says
 * that its tables changed meanwhile; -EINTR when they never hold still. */
int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, netlink_answer answer,
                 void (*restart)(void *data), void *data);

void netlink_put_address(struct nlmsghdr *request, uint16_t type, const struct address *address);
/* -EBADMSG when the attribute has not the family's size. */
int netlink_get_address(const struct nlattr *attribute, uint8_t family,
                        struct address *ret_address);

/* ---- many messages in one go ---- */

struct netlink_batch {
    uint8_t *data;
    size_t used, size;
    uint32_t first; /* sequence number of the first message */
    uint32_t count;
};

void netlink_batch_done(struct netlink_batch *batch);
/* Room for one more message of at most `room` bytes of attributes; valid until the next call. */
struct nlmsghdr *netlink_batch_add(struct netlink *netlink, struct netlink_batch *batch,
                                   uint16_t type, uint16_t flags, const void *family,
                                   size_t family_size, size_t room);
/* Closes the message begun by the last netlink_batch_add(). */
void netlink_batch_close(struct netlink_batch *batch);
/* Sends all, asks for one acknowledgement, tells `failed` (index in the batch) of each refusal.
 * 0, or the first refusal; the batch is empty after. */
typedef void (*netlink_failed)(uint32_t index, int error, void *data);
int netlink_batch_send(struct netlink *netlink, struct netlink_batch *batch, netlink_failed failed,
                       void *data);
/* The same; what messages with NLM_F_ECHO made comes back to `answer`. */
int netlink_batch_talk(struct netlink *netlink, struct netlink_batch *batch, netlink_failed failed,
                       netlink_answer answer, void *data);

#define _cleanup_netlink_batch_ __attribute__((cleanup(netlink_batch_done)))
