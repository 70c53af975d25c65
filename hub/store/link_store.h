/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The links beside link 0 that an instance has for peers with mapped subnets. */
#pragma once

#include "hub/base/link_number.h"
#include "hub/store/peer_store.h"

/* Writes the link that the peer, about to be written, shall have: 0 without mapped subnets; else
 * the one it has while none of its real prefixes meets another peer's there (enabled or not), or
 * the lowest such one. -ENOSPC. */
int link_store_choose(struct store *store, const struct peer *peer, uint8_t *ret_link);
/* After a peer was written or deleted: links that have a peer get a port of the range, those that
 * have none go. -ENOSPC: no port is free. */
int link_store_settle(struct store *store, const char *instance_id, uint16_t first, uint16_t last);
/* WireGuard's port of a link from 1 on. -ENOENT. */
int link_store_port(struct store *store, const char *instance_id, uint8_t link,
                    uint16_t *ret_port);
/* Of all of them, 0 = there is no such link. */
int link_store_ports(struct store *store, const char *instance_id,
                     uint16_t ret_ports[static LINK_COUNT]);
