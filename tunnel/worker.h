/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workers of both kinds are: a loop, the channel to the engine, the sandbox. */
#pragma once

#include "hub/base/role.h"
#include "hub/channel/channel.h"

typedef int (*worker_message)(struct channel *channel, struct channel_message *message, void *data);

/* Enters the sandbox, says HELLO and serves until the channel closes. Owns `fd`. */
struct worker_program {
    enum role role;
    worker_message message;
    void (*ready)(struct channel *channel, void *data); /* before the sandbox */
    bool kernel_wireguard;                              /* told in HELLO */
};
int worker_run(sd_event *event, int fd, const struct worker_program *program, void *data);
