/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the store turned into what the workers are told. Pure. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/store/instance_store.h"
#include "hub/store/peer_store.h"

enum { SLOT_MAX = 16000 };

/* The addresses of slot 1, 2, ...: a /30 of 169.254.0.0/16 and a /126 of the ULA's last /64. */
void uplink_addresses_of(uint32_t slot, const struct prefix *ula,
                         struct uplink_addresses *ret_addresses);
/* The /64 that all IPv6 uplinks are taken from. */
struct prefix uplink_network6(const struct prefix *ula);

/* A verb's fixed struct and its array. Of the instance, room for both of its arrays. */
struct instance_spec {
    struct verb_instance fixed;
    struct prefix pushed[VERB_PUSHED_MAX];
    uint16_t room_for_ports[VERB_PORTS_MAX];
};

struct peer_spec {
    struct verb_peer fixed;
    struct prefix prefixes[PEER_PREFIXES_MAX];
};

/* `links` as link_store_ports() tells; `openvpn` as openvpn_servers_ports() does. */
void instance_spec_make(const struct instance *instance, const struct prefix *ula,
                        enum wireguard_backend backend, struct port_span links,
                        struct port_span openvpn, struct instance_spec *ret_spec);
/* `endpoint` is the last one known, family 0 = none; `server` is where an OpenVPN peer is
 * connected. */
void peer_spec_make(const struct instance *instance, const struct peer *peer,
                    const struct endpoint *endpoint, uint16_t server, struct peer_spec *ret_spec);

/* A peer's tunnel address in each family, as /32 and /128; answers how many. */
size_t peer_tunnel_addresses(const struct instance *instance, const struct peer *peer,
                             struct prefix ret_addresses[static 2]);
/* The hub's own, with host number 1 and the network's length. */
size_t hub_tunnel_addresses(const struct instance *instance, struct prefix ret_addresses[static 2]);
