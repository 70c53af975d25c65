/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The OpenVPN servers that an instance may have: one process and one link (ovpn0, ovpn1, ovpn2)
 * each. */
#pragma once

#include <stdint.h>

enum openvpn_server {
    OPENVPN_UDP,
    OPENVPN_TCP,
    OPENVPN_LEGACY, /* for routers that cannot do better: TCP, user name and password */
    OPENVPN_SERVER_COUNT,
};

const char *openvpn_server_name(enum openvpn_server server); /* "udp" "tcp" "legacy" */
const char *openvpn_server_link(enum openvpn_server server); /* "ovpn0" "ovpn1" "ovpn2" */
uint8_t openvpn_server_protocol(enum openvpn_server server); /* IPPROTO_UDP or IPPROTO_TCP */
