/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A port of the hub's own addresses that packets are led away from, to an instance: held, so that
 * no other program here has it, or takes it and then hears nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct port_hold {
    bool held;
    uint16_t port;
    int fds[2]; /* IPv4, IPv6; -1 = none; nothing without `held` */
};

/* One that holds another port lets go of it first. -EADDRINUSE: somebody has it. `type` is
 * SOCK_STREAM or SOCK_DGRAM. */
int port_hold_take(struct port_hold *hold, int type, uint16_t port);
void port_hold_release(struct port_hold *hold);
