/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/openvpn_server.h"

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
