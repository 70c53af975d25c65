/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an OpenVPN server has on this machine: a directory per instance below the run directory, for
 * its user alone, with the management socket; a digest of the configuration it was started with,
 * beside it, for root alone; and its link.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/openvpn_server.h"
#include "hub/warrend/places.h"

enum { OPENVPN_PATH_MAX = PLACE_MAX + 64, OPENVPN_DIGEST_SIZE = 32 };

void openvpn_place_directory(const struct places *places, const char *id,
                             char path[static OPENVPN_PATH_MAX]);
void openvpn_place_socket(const struct places *places, const char *id, enum openvpn_server server,
                          char path[static OPENVPN_PATH_MAX]);
/* Makes the directory. -ENOENT: its user does not exist. */
int openvpn_place_prepare(const struct places *places, const char *id);
/* The server ended: its socket and its digest go, and the directory with the last one. */
void openvpn_place_remove(const struct places *places, const char *id, enum openvpn_server server);

int openvpn_place_write_digest(const struct places *places, const char *id,
                               enum openvpn_server server,
                               const uint8_t digest[static OPENVPN_DIGEST_SIZE]);
/* Is it the one that was written last? */
bool openvpn_place_has_digest(const struct places *places, const char *id,
                              enum openvpn_server server,
                              const uint8_t digest[static OPENVPN_DIGEST_SIZE]);

/* In the namespace this process is in: a tun that stays, and that the user may attach to; adopted
 * when it is there. Opens /dev/net/tun to all, as udev does: a link can't be made by that. */
int openvpn_place_make_link(enum openvpn_server server, uint32_t user);
int openvpn_place_remove_link(enum openvpn_server server); /* 0 also when there was none */
