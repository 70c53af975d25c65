/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workers of both kinds are: a loop, the channel to the engine, the sandbox. */
#pragma once

#include "hub/base/role.h"
#include "hub/channel/channel.h"

typedef int (*worker_message)(struct channel *channel, struct channel_message *message, void *data);

/* Enters the sandbox, says HELLO and serves until the channel closes. Owns `fd`. */
int worker_run(sd_event *event, int fd, enum role role, worker_message message,
               void (*ready)(struct channel *channel, void *data), void *data);
