/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that programs on this machine have: of /proc/net/udp, udp6, tcp and tcp6. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_use {
    uint8_t udp[8192], tcp[8192]; /* a bit each; of TCP, those that are listened on */
};

/* Pure: adds what one of these files says; lines that are none are passed over. */
void port_use_add(struct port_use *use, bool tcp, const char *text, size_t size);
/* Of the namespace this process is in. What can't be read counts as free. */
void port_use_read(struct port_use *ret_use);

bool port_use_udp(const struct port_use *use, uint16_t port);
bool port_use_tcp(const struct port_use *use, uint16_t port);
