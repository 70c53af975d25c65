/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The OpenVPN servers that an instance may have: one process and one link (ovpn0, ovpn1, ...) each.
 * Every link of an instance (link_number.h) may have one of each kind: a server's number is
 * 3 * link + kind, and those of link 0 are named by their kind alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/link_number.h"

enum openvpn_server {
    OPENVPN_UDP,
    OPENVPN_TCP,
    OPENVPN_LEGACY, /* for routers that cannot do better: TCP, user name and password */
    OPENVPN_SERVER_COUNT,
};
enum { OPENVPN_NUMBER_COUNT = OPENVPN_SERVER_COUNT * LINK_COUNT };

unsigned openvpn_server_number(unsigned link, enum openvpn_server kind);
enum openvpn_server openvpn_server_kind(unsigned number);
unsigned openvpn_server_link_of(unsigned number);

const char *openvpn_server_name(unsigned number); /* "udp" "tcp" "legacy" "udp-1" ... */
/* Back from it. False: it is none. */
bool openvpn_server_parse(const char *name, unsigned *ret_number);
const char *openvpn_server_link(unsigned number); /* "ovpn0" "ovpn1" "ovpn2" "ovpn3" ... */
uint8_t openvpn_server_protocol(unsigned number); /* IPPROTO_UDP or IPPROTO_TCP */
