/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many sockets as one source of the loop: a turn of the loop serves a batch of them. With a source
 * each, every one would cost a turn.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

struct poller;

/* May be called once more in the turn in which its socket was closed. */
typedef void poller_handler(uint32_t events, void *data);

int poller_new(sd_event *event, int64_t priority, unsigned batch, poller_handler *handler,
               struct poller **ret_poller);
struct poller *poller_free(struct poller *poller);

/* A socket that is closed leaves by itself. `events` are those of epoll. */
int poller_add(struct poller *poller, int fd, uint32_t events, void *data);
void poller_change(struct poller *poller, int fd, uint32_t events, void *data);
void poller_remove(struct poller *poller, int fd);
