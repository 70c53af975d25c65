/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which WireGuard a test runs with: the kernel's where the environment says WARREN_BACKEND=kernel,
 * else wireguard-go. Without the kernel's module the former fails. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tunnel/wireguard.h"

bool backend_is_kernel(void);
/* A device in this namespace; `*ret_pid` of its wireguard-go, 0 in the kernel. */
struct wireguard *backend_start(const char *name, pid_t *ret_pid);
void backend_stop(const char *name, pid_t pid);
