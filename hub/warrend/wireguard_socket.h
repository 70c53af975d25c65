/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration socket that tells whether an instance's wireguard-go runs. */
#pragma once

#include <sys/types.h>

#include "hub/base/text.h"

enum { WIREGUARD_LINK_MAX = 4 + ID_MAX };
/* "wrg-<id>" */
const char *wireguard_link(const char *id, char name[static WIREGUARD_LINK_MAX]);

/* The directory of all such sockets. */
int wireguard_socket_prepare(void);
/* -ENOENT or -ECONNREFUSED: it does not run. */
int wireguard_socket_connect(const char *id, int *ret_fd);
/* The process that listens; -ESRCH when it cannot be seen from here. */
int wireguard_socket_owner(int fd, pid_t *ret_pid);
/* Only when it does not run: it ends when its socket goes. */
void wireguard_socket_remove(const char *id);
