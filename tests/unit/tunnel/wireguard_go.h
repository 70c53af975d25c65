/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real wireguard-go in a world of its own, for tests and measurements. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tunnel/wireguard.h"

/* Puts this process into new network and mount namespaces with an empty /run. False, with the
 * reason on standard error, when that is not possible here. */
bool wireguard_go_enter_world(void);
/* Starts it, waits for its socket, connects; it ends with the calling process at the latest. */
pid_t wireguard_go_start(const char *name, int *ret_fd);
void wireguard_go_stop(pid_t pid);

/* `count` peers with distinct keys, preshared keys and two prefixes each. */
void wireguard_go_make_peers(struct wireguard_state *state, unsigned count);
