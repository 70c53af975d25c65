/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration socket that tells whether the wireguard-go of an instance's link runs. */
#pragma once

#include "hub/base/link_number.h"
#include "hub/base/text.h"
#include "hub/warrend/numbered_files.h"

enum { WIREGUARD_SOCKET_MAX = 48 };

/* The directory of all such sockets. */
int wireguard_socket_prepare(void);
const char *wireguard_socket_path(const char *id, unsigned link,
                                  char path[static WIREGUARD_SOCKET_MAX]);
/* Only when it does not run: it ends when its socket goes. */
void wireguard_socket_remove(const char *id, unsigned link);
/* Calls `found` for each of the instance's links that has one, whoever listens or not. */
void wireguard_socket_each(const char *id, numbered_files_found found, void *data);
