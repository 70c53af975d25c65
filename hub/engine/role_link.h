/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's end of a channel to another role, with the requests that wait for an answer. Each
 * request gets exactly one answer: the role's, -EPIPE when the role goes away, -ETIMEDOUT, or
 * -ECANCELED when the link is freed; an answer that comes too late is dropped.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "hub/channel/channel.h"

struct role_link;

struct role_link_handlers {
    /* What is not the last answer to a request: hints, parts of a longer answer. */
    void (*message)(struct role_link *link, struct channel_message *message, void *data);
    /* The role went away; pending requests were answered already. May free the link. */
    void (*closed)(struct role_link *link, void *data);
    /* There is room to send again. May be NULL. */
    void (*drained)(struct role_link *link, void *data);
};

/* `message` is NULL when status comes from this side (-EPIPE, -ETIMEDOUT, -EAGAIN). For VERB_ACK
 * `status` is the answer's own; for other answers it is 0. */
typedef void (*role_link_done)(int status, struct channel_message *message, void *data);

/* Owns `fd`, in error too. */
int role_link_new(sd_event *event, int fd, enum role peer,
                  const struct role_link_handlers *handlers, void *data,
                  struct role_link **ret_link);
/* As channel_gather(). */
int role_link_gather(struct role_link *link);
/* Answers what is pending with -ECANCELED. */
struct role_link *role_link_free(struct role_link *link);

/* What a request carries beside its verb. */
struct role_link_body {
    const void *fixed;
    size_t fixed_size;
    const void *tail;
    size_t tail_size;
    int fd; /* -1 = none */
};

/* `done` is called later, never before this returns, unless it answers an error: then not. */
int role_link_call(struct role_link *link, enum verb verb, const struct role_link_body *body,
                   uint64_t timeout_us, role_link_done done, void *data);
/* Without an answer. */
int role_link_send(struct role_link *link, enum verb verb, const struct role_link_body *body);

/* The detail of an acknowledgement that failed, or of a status without a message. */
const char *role_link_detail(int status, const struct channel_message *message);
