/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the root worker keeps of each instance: its namespace, its link, its way out. */
#pragma once

#include <net/if.h>
#include <stdbool.h>

#include "hub/channel/verbs.h"
#include "tunnel/netlink.h"

struct uplink {
    char id[ID_MAX];
    int netns_fd;         /* -1 = not told */
    uint8_t backend;      /* enum wireguard_backend, 0 = no link told */
    struct link_set more; /* its WireGuard links beside link 0 */
    bool has_addresses;
    struct uplink_addresses addresses;
    struct port_list openvpn_ports;
};

/* Owned by the list; pointers hold until the next uplinks_get() or uplinks_remove(). */
struct uplinks {
    struct uplink *items;
    size_t count, size;
};

void uplinks_done(struct uplinks *uplinks);
struct uplink *uplinks_find(const struct uplinks *uplinks, const char *id); /* NULL = not found */
struct uplink *uplinks_get(struct uplinks *uplinks, const char *id); /* made when not found */
void uplinks_remove(struct uplinks *uplinks, const char *id);

/* Is it the namespace that warrend mounted for the id? 0, or -EXDEV: never the hub's own, never
 * another instance's. */
int uplink_check_netns(const char *id, int netns_fd);

void uplink_link_name(const struct uplink *uplink, char name[static IFNAMSIZ]); /* "wru-ID" */

/* wg0 and those beside it are in the instance's namespace: made there, or moved there from
 * wireguard-go. -ENODEV: wireguard-go's link is nowhere. */
int uplink_apply_wireguard(struct netlink *netlink, const struct uplink *uplink,
                           uint32_t *ret_writes);
/* The veth pair stands, with the hub's end up. */
int uplink_apply_veth(struct netlink *netlink, const struct uplink *uplink, uint32_t *ret_index,
                      uint32_t *ret_writes);
int uplink_remove_veth(struct netlink *netlink, const struct uplink *uplink);
