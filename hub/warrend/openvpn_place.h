/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an OpenVPN server has on this machine: a directory per instance below the run directory, for
 * its user alone, with the management socket; a record of how it was started, beside it, for root
 * alone; and its link.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hub/base/openvpn_server.h"
#include "hub/warrend/numbered_files.h"
#include "hub/warrend/places.h"

enum { OPENVPN_PATH_MAX = PLACE_MAX + 64, OPENVPN_LABEL_MAX = 32, OPENVPN_DIGEST_SIZE = 32 };

struct openvpn_record {
    uint8_t digest[OPENVPN_DIGEST_SIZE]; /* of its configuration */
    int32_t pid;
};

/* An argument of its process by which it is told from others: "<id>-<server>". */
void openvpn_place_label(const char *id, unsigned server, char label[static OPENVPN_LABEL_MAX]);

void openvpn_place_directory(const struct places *places, const char *id,
                             char path[static OPENVPN_PATH_MAX]);
void openvpn_place_socket(const struct places *places, const char *id, unsigned server,
                          char path[static OPENVPN_PATH_MAX]);
/* Makes the directory. -ENOENT: its user does not exist. */
int openvpn_place_prepare(const struct places *places, const char *id);
/* The server ended: its socket and its record go, and the directory with the last one. One that
 * runs all the same, and was not found because its socket is not there, is killed first. */
void openvpn_place_remove(const struct places *places, const char *id, unsigned server);

/* Calls `found` for each of the instance's servers that has a socket or a record: once or twice. */
void openvpn_place_each(const struct places *places, const char *id, numbered_files_found found,
                        void *data);

int openvpn_place_write_record(const struct places *places, const char *id, unsigned server,
                               const struct openvpn_record *record);
/* -ENOENT, -EBADMSG: there is none. */
int openvpn_place_read_record(const struct places *places, const char *id, unsigned server,
                              struct openvpn_record *ret_record);

/* In the namespace this process is in: a tun that stays, and that the user may attach to; adopted
 * when it is there. Opens /dev/net/tun to all, as udev does: a link can't be made by that. */
int openvpn_place_make_link(unsigned server, uint32_t user);
int openvpn_place_remove_link(unsigned server); /* 0 also when there was none */
