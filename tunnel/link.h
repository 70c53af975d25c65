/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network links: looked up, made, moved, changed. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "tunnel/netlink.h"

struct link_info {
    uint32_t index;
    uint32_t mtu;
    bool up;
    char kind[16];      /* "veth", "wireguard", "tun", "" */
    int32_t peer_netns; /* number of the namespace of its other end, -1 = unknown */
};

/* A namespace as another namespace numbers it; LINK_HERE is the socket's own. */
enum { LINK_HERE = -1 };

/* The number under which this namespace knows the one of `netns_fd`, given to it when it has none.
 */
int link_netns_number(struct netlink *netlink, int netns_fd, int32_t *ret_number);
/* -ENODEV: no such link. */
int link_get(struct netlink *netlink, int32_t netns, const char *name, struct link_info *ret_info);
/* -ENODEV: no such link. */
int link_remove(struct netlink *netlink, int32_t netns, const char *name);
int link_set_up(struct netlink *netlink, uint32_t index);
int link_set_mtu(struct netlink *netlink, uint32_t index, uint32_t mtu);
/* In one step, so that it never stands under its old name over there. */
int link_move(struct netlink *netlink, const char *name, int netns_fd, const char *new_name);
/* A veth pair: `name` here, `peer_name` in the other namespace. */
int link_add_veth(struct netlink *netlink, const char *name, const char *peer_name, int netns_fd);
/* Can this kernel make WireGuard links? Makes one in this namespace and takes it away again. */
int link_probe_wireguard(struct netlink *netlink, bool *ret_can);
/* Born in the other namespace; its UDP socket stays in this one. */
int link_add_wireguard(struct netlink *netlink, const char *name, int netns_fd);
