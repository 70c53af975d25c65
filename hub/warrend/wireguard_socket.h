/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration socket that tells whether an instance's wireguard-go runs. */
#pragma once

#include "hub/base/text.h"

enum { WIREGUARD_LINK_MAX = 4 + ID_MAX, WIREGUARD_SOCKET_MAX = 32 + ID_MAX };
/* "wrg-<id>" */
const char *wireguard_link(const char *id, char name[static WIREGUARD_LINK_MAX]);

/* The directory of all such sockets. */
int wireguard_socket_prepare(void);
const char *wireguard_socket_path(const char *id, char path[static WIREGUARD_SOCKET_MAX]);
/* Only when it does not run: it ends when its socket goes. */
void wireguard_socket_remove(const char *id);
