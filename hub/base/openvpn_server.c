/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/openvpn_server.h"

#include <netinet/in.h>

static const struct {
    const char *name, *link;
} servers[OPENVPN_SERVER_COUNT] = {
    [OPENVPN_UDP] = {"udp", "ovpn0"},
    [OPENVPN_TCP] = {"tcp", "ovpn1"},
    [OPENVPN_LEGACY] = {"legacy", "ovpn2"},
};

const char *openvpn_server_name(enum openvpn_server server)
{
    return server < OPENVPN_SERVER_COUNT ? servers[server].name : "";
}

const char *openvpn_server_link(enum openvpn_server server)
{
    return server < OPENVPN_SERVER_COUNT ? servers[server].link : "";
}

uint8_t openvpn_server_protocol(enum openvpn_server server)
{
    return server == OPENVPN_UDP ? IPPROTO_UDP : IPPROTO_TCP;
}
