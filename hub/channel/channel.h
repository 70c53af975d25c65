/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a SOCK_SEQPACKET pair between two roles, on an sd-event loop. Checks each message's
 * verb, sender, exact size and descriptor count against the table; queues what the socket does not
 * take yet, up to a bound.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "hub/channel/verbs.h"

enum { CHANNEL_MESSAGE_MAX = 240 * 1024, CHANNEL_FDS_MAX = 2 };

struct channel_header {
    uint16_t verb;
    uint16_t length;     /* of it and its body, where another message follows; else 0 */
    uint32_t request;    /* 0 = no answer wanted; answers repeat it */
    uint64_t generation; /* answers repeat it; a late answer of an older one is dropped */
};

struct channel_message {
    struct channel_header header;
    const void *body; /* aligned; lives until the handler returns */
    size_t size;
    int fds[CHANNEL_FDS_MAX]; /* -1 = none; the handler takes with TAKE_FD, the rest is closed */
    int fd_count;
};

/* ---- pure part, fuzzed ---- */

/* Checks a message that came (aligned for its structs; datagram_first() cuts a datagram into them):
 * header, verb known, `sender` allowed to say
 * it, exact size, counts in bounds, descriptor count, and the content: strings ended, ids, enums,
 * flags, addresses and prefixes that are ones. 0 or -EBADMSG with the reason. */
int channel_check(enum role sender, const void *data, size_t size, int fd_count,
                  const char **ret_reason);

const char *verb_name(enum verb verb);

/* ---- the living end ---- */

struct channel;

struct channel_handlers {
    /* A checked message. A negative answer is a violation: the channel closes as below. */
    int (*message)(struct channel *channel, struct channel_message *message, void *data);
    /* The other side went away (error 0) or broke the rules (-EBADMSG). Called once; the handler
     * may free the channel. */
    void (*closed)(struct channel *channel, int error, void *data);
    /* The output queue is empty again. May be NULL. */
    void (*drained)(struct channel *channel, void *data);
};

/* Owns `fd` from now on, in error too. `peer` is the role at the other end. */
int channel_new(sd_event *event, int fd, enum role peer, const struct channel_handlers *handlers,
                void *data, struct channel **ret_channel);
/* Safe in any of its own handlers. Returns NULL. */
struct channel *channel_free(struct channel *channel);

/* -EAGAIN when the queue holds too much already (wait for `drained`), -EPIPE when closed, -EINVAL
 * when the sizes are not the verb's. The descriptors are duplicated. `body` and `tail` are joined
 * (a fixed struct and its array). */
int channel_send(struct channel *channel, enum verb verb, uint32_t request, uint64_t generation,
                 const void *body, size_t body_size, const void *tail, size_t tail_size,
                 const int *fds, int fd_count);
static inline int channel_send_plain(struct channel *channel, enum verb verb, uint32_t request,
                                     uint64_t generation, const void *body, size_t body_size)
{
    return channel_send(channel, verb, request, generation, body, body_size, NULL, 0, NULL, 0);
}
/* From now on what is sent in a turn of the loop goes out together when the turn ends, so that many
 * short messages cost little; a peer that is gone is noticed by reading alone. */
int channel_gather(struct channel *channel);
/* Answers the request of `header` with VERB_ACK; with request 0 nobody waits, and nothing is sent.
 * `detail` may be NULL and is cut to what fits. */
int channel_acknowledge(struct channel *channel, const struct channel_header *header, int status,
                        const char *detail);
/* Bytes waiting to be sent. */
size_t channel_queued(const struct channel *channel);
/* Two connected ends, close-on-exec, with the buffers this module wants. */
int channel_pair(int ret_fds[static 2]);
