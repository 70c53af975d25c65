/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An instance's links by number: link 0 is for all peers but those with mapped subnets. WireGuard
 * and OpenVPN both choose a peer by the address inside a packet, so that two sites with one LAN
 * must not meet on a link: such sites have the links from 1 on, each with a device of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LINK_COUNT = 1024, LINK_NAME_MAX = 16 /* IFNAMSIZ */ };

/* "wg0", "wg1", ... */
const char *link_wireguard_name(unsigned link, char name[static LINK_NAME_MAX]);
/* wireguard-go's link in the hub's namespace: "wrg-<id>", "wrg-<id>-1", ...; from 100 on there is
 * room for two characters alone, of which the first is a letter: "wrg-<id>-a0", ... */
const char *link_outside_name(const char *id, unsigned link, char name[static LINK_NAME_MAX]);
/* Back from "wg1", and from what comes after "wrg-<id>". False: it is none. */
bool link_wireguard_parse(const char *name, unsigned *ret_link);
bool link_outside_parse(const char *rest, unsigned *ret_link);
