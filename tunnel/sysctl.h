/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings below /proc/sys/net, of this process's namespace. */
#pragma once

#include <stdint.h>

/* `name` as "ipv4/ip_forward". *ret_writes grows when it had to be changed. */
int sysctl_want(const char *name, int value, uint32_t *ret_writes);
int sysctl_read(const char *name, int *ret_value);
/* Turning IPv6 forwarding on makes links deaf to router advertisements unless they say 2: keeps the
 * hub's own default route where it came from one. */
int sysctl_keep_router_advertisements(uint32_t *ret_writes);
