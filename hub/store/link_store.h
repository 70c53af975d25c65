/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The links beside link 0 that an instance has for peers with mapped subnets. */
#pragma once

#include "hub/base/link_set.h"
#include "hub/base/port_list.h"
#include "hub/store/peer_store.h"

/* Writes the link that the peer, about to be written, shall have: 0 without mapped subnets; else
 * the one it has while none of its real prefixes meets another peer's there (enabled or not), or
 * the lowest such one. -ENOSPC. */
int link_store_choose(struct store *store, const struct peer *peer, uint16_t *ret_link);
struct link_port_range {
    uint16_t first, last;
};

/* After a peer was written or deleted: links that have a peer get a port of the range for WireGuard
 * and, with a peer of OpenVPN, two for that; those that have none go. -ENOSPC: no port is free. */
int link_store_settle(struct store *store, const char *instance_id,
                      struct link_port_range wireguard, struct link_port_range openvpn);
struct link_ports {
    uint16_t wireguard;
    uint16_t openvpn; /* of UDP and TCP; legacy has the next one; 0 = none */
};

/* Of a link from 1 on. -ENOENT. */
int link_store_find(struct store *store, const char *instance_id, uint16_t link,
                    struct link_ports *ret_ports);
/* What OpenVPN has on each link; link 0's port is not here. */
struct link_openvpn {
    uint16_t port;
    uint32_t certificates, passwords; /* peers, enabled or not, by how they log in */
};
/* By link, as far as there is any. Zero-initialise. */
struct link_openvpns {
    struct link_openvpn *items;
    size_t count, size;
};
void link_openvpns_done(struct link_openvpns *links);
#define _cleanup_link_openvpns_ __attribute__((cleanup(link_openvpns_done)))
/* Owned by the caller, in error too. */
int link_store_openvpn(struct store *store, const char *instance_id,
                       struct link_openvpns *ret_links);
/* WireGuard's of all of them, by link. Owned by the caller, in error too. */
int link_store_ports(struct store *store, const char *instance_id, struct port_list *ret_ports);
/* Which of them there are. */
int link_store_links(struct store *store, const char *instance_id, struct link_set *ret_links);
