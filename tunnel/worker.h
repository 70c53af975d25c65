/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workers of both kinds are: a loop, the channel to the engine, the sandbox. */
#pragma once

#include "hub/base/role.h"
#include "hub/channel/channel.h"

/* A verb it serves; a negative answer is that of an answer that could not be given. */
struct worker_verb {
    enum verb verb;
    int (*serve)(void *data, struct channel_message *message);
};

/* Enters the sandbox, says HELLO and serves until the channel closes. Owns `fd`. */
struct worker_program {
    enum role role;
    const struct worker_verb *verbs;
    size_t verb_count;
    void (*ready)(struct channel *channel, void *data); /* before the sandbox */
    bool kernel_wireguard;                              /* told in HELLO */
};
int worker_run(sd_event *event, int fd, const struct worker_program *program, void *data);
/* Answers with VERB_ACK, if somebody waits; `detail` is for failures. */
int worker_acknowledge(struct channel *channel, const struct channel_message *message, int status,
                       const char *detail);
